internal import Basics
internal import CLibSSH2
internal import Glibc

/// Owns one `LIBSSH2_SESSION`. Belongs to the thread of its connection.
final class Session {
    let handle: OpaquePointer
    var wire: Wire { context.wire }
    private let context: SessionContext

    init(wire: Wire) throws {
        guard Library.isReady else { throw Fault(.failed, "libssh2 could not be initialised") }
        let context = SessionContext(wire: wire)
        let pointer = Unmanaged.passUnretained(context).toOpaque()
        guard let handle = libssh2_session_init_ex(allocate, release, reallocate, pointer) else {
            throw Fault(.failed, "libssh2 has no memory for a session")
        }
        self.handle = handle
        self.context = context
        libssh2_session_set_blocking(handle, 0)
        orchestrator_ssh2_set_callbacks(handle, sendOnWire, receiveFromWire, noteFarewell)
    }

    deinit {
        // A wire that has ended makes libssh2 free its channels without waiting for the server.
        wire.end("the connection was closed")
        // What still refuses after so many tries would do so for ever, and is left.
        for _ in 0..<10_000 where libssh2_session_free(handle) != LIBSSH2_ERROR_EAGAIN { break }
    }

    var witness: PacketWitness {
        get { context.witness }
        set { context.witness = newValue }
    }

    /// libssh2's words for the last error.
    var lastError: String {
        var text: UnsafeMutablePointer<CChar>?
        var length: Int32 = 0
        libssh2_session_last_error(handle, &text, &length, 0)
        guard let text, length > 0 else { return "no reason given" }
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Why the stream ended, in the server's words where it gave some.
    var endingReason: String {
        if let farewell = wire.farewell { return "the server said: \(farewell)" }
        return wire.ending ?? lastError
    }
}

/// libssh2's global state.
enum Library {
    /// Initialised at the first look, once for the process; libssh2_init isn't safe across threads.
    static let isReady = libssh2_init(0) == 0
}

/// What libssh2's callbacks reach.
private final class SessionContext {
    let wire: Wire
    var witness = PacketWitness()

    init(wire: Wire) { self.wire = wire }
}

typealias Context = UnsafeMutablePointer<UnsafeMutableRawPointer?>?

private func reach(_ context: Context) -> SessionContext? {
    context?.pointee.map { Unmanaged<SessionContext>.fromOpaque($0).takeUnretainedValue() }
}

private let sendOnWire: @convention(c) (Int32, UnsafeRawPointer?, Int, Int32, Context) -> Int = {
    reach($4)?.wire.queue($1, $2) ?? -Int(EPIPE)
}

private let receiveFromWire:
    @convention(c) (Int32, UnsafeMutableRawPointer?, Int, Int32, Context) -> Int = {
        reach($4)?.wire.receive($1, $2) ?? -Int(ECONNRESET)
    }

private let noteFarewell:
    @convention(c) (
        OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Context
    ) -> Void = { _, _, message, length, _, _, context in
        guard let message, length > 0 else { return }
        let bytes = UnsafeRawBufferPointer(start: message, count: min(Int(length), 512))
        reach(context)?.wire.farewell = printable(String(decoding: bytes, as: UTF8.self))
    }

/// Text of the other side without control characters, which could rewrite a terminal.
func printable(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.map { scalar in
                scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
                    ? "\u{FFFD}" : scalar
            }))
}

// libssh2's memory holds private keys and, deciphered, everything that comes over the channels. So
// it is zeroed when it is freed; and also when it is handed out, since libssh2 1.10 would read
// beyond a truncated `exit-signal`.

private let allocate: @convention(c) (Int, Context) -> UnsafeMutableRawPointer? = { count, _ in
    calloc(1, count)
}

private let release: @convention(c) (UnsafeMutableRawPointer?, Context) -> Void = {
    memory, context in
    guard let memory else { return }
    let size = malloc_usable_size(memory)
    reach(context)?.witness.sawFreed(UnsafeRawBufferPointer(start: memory, count: size))
    explicit_bzero(memory, size)
    free(memory)
}

private let reallocate:
    @convention(c) (UnsafeMutableRawPointer?, Int, Context) -> UnsafeMutableRawPointer? = {
        memory, count, context in
        guard let larger = calloc(1, count) else { return nil }
        if let memory {
            larger.copyMemory(from: memory, byteCount: min(count, malloc_usable_size(memory)))
            release(memory, context)
        }
        return larger
    }
