internal import Basics
internal import CLibSSH2
internal import Glibc

/// Owns one `LIBSSH2_SESSION`. Belongs to the thread of its connection.
final class Session {
    let handle: OpaquePointer
    let wire: Wire

    init(wire: Wire) throws {
        guard Library.isReady else { throw Fault(.failed, "libssh2 could not be initialised") }
        let context = Unmanaged.passUnretained(wire).toOpaque()
        guard let handle = libssh2_session_init_ex(allocate, release, reallocate, context) else {
            throw Fault(.failed, "libssh2 has no memory for a session")
        }
        self.handle = handle
        self.wire = wire
        libssh2_session_set_blocking(handle, 0)
        orchestrator_ssh2_set_callbacks(handle, sendOnWire, receiveFromWire, noteFarewell)
    }

    deinit {
        // A wire that has ended makes libssh2 free its channels without waiting for the server.
        wire.end("the connection was closed")
        while libssh2_session_free(handle) == LIBSSH2_ERROR_EAGAIN {}
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

typealias Context = UnsafeMutablePointer<UnsafeMutableRawPointer?>?

private func wire(_ context: Context) -> Wire? {
    context?.pointee.map { Unmanaged<Wire>.fromOpaque($0).takeUnretainedValue() }
}

private let sendOnWire:
    @convention(c) (Int32, UnsafeRawPointer?, Int, Int32, Context) -> Int = {
        wire($4)?.queue($1, $2) ?? -Int(EPIPE)
    }

private let receiveFromWire:
    @convention(c) (Int32, UnsafeMutableRawPointer?, Int, Int32, Context) -> Int = {
        wire($4)?.receive($1, $2) ?? -Int(ECONNRESET)
    }

private let noteFarewell:
    @convention(c) (
        OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Context
    ) -> Void = { _, _, message, length, _, _, context in
        guard let message, length > 0 else { return }
        let bytes = UnsafeRawBufferPointer(start: message, count: min(Int(length), 512))
        wire(context)?.farewell = printable(String(decoding: bytes, as: UTF8.self))
    }

/// Text of the other side without control characters, which could rewrite a terminal.
func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { scalar in
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

private let release: @convention(c) (UnsafeMutableRawPointer?, Context) -> Void = { memory, _ in
    guard let memory else { return }
    explicit_bzero(memory, malloc_usable_size(memory))
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
