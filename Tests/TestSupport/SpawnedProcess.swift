public import Glibc
internal import Synchronization

/// A process that inherits nothing but its standard streams, and no blocked signals.
///
/// Foundation's `Process` notices an end only when no other process that was started meanwhile holds a
/// certain socket any more, which with servers in many tests at once is never; and it waits by a run
/// loop, which on threads of the cooperative pool may never come back.
public final class SpawnedProcess: Sendable {
    /// What stands behind a standard stream.
    public enum Stream: Sendable {
        case null
        /// For input it is read; for output written to its end, and made where it isn't there.
        case file(String)
        case descriptor(Int32)
    }

    public struct NotStarted: Error, CustomStringConvertible {
        public let program: String
        public let reason: String
        public var description: String { "\(program) didn't start: \(reason)" }
    }

    public let identifier: pid_t
    private let status = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - words: the program, by its path or looked for on `PATH`, and its arguments.
    ///   - environment: added to ours.
    public init(
        _ words: [String], input: Stream = .null, output: Stream = .null, errors: Stream = .null,
        environment: [String: String] = [:]
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        Self.add(input, as: 0, to: &actions)
        Self.add(output, as: 1, to: &actions)
        Self.add(errors, as: 2, to: &actions)
        // That a number isn't open is no fault here.
        for descriptor in 3..<Int32(4096) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        // The threads of Swift's pool block nearly all signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = words.map { strdup($0) } + [nil]
        var variables = Self.variables(with: environment).map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        let code = posix_spawnp(
            &process, words.first ?? "", &actions, &attributes, &arguments, &variables)
        guard code == 0 else {
            throw NotStarted(program: words.first ?? "", reason: String(cString: strerror(code)))
        }
        identifier = process
    }

    private static func add(
        _ stream: Stream, as number: Int32, to actions: inout posix_spawn_file_actions_t
    ) {
        switch stream {
        case .null: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
        case .file(let path):
            posix_spawn_file_actions_addopen(
                &actions, number, path, number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND,
                0o600)
        case .descriptor(let descriptor):
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        }
    }

    private static func variables(with added: [String: String]) -> [String] {
        var ours: [String] = []
        var next = environ
        while let text = next.pointee {
            ours.append(String(cString: text))
            next += 1
        }
        let kept = ours.filter { added[String($0.prefix { $0 != "=" })] == nil }
        return kept + added.map { "\($0)=\($1)" }
    }

    public var isRunning: Bool { reap(WNOHANG) == nil }

    /// Blocks until it has ended.
    ///
    /// - Returns: its exit status, or the signal's number below zero.
    @discardableResult
    public func wait() -> Int32 {
        let status = reap(0) ?? 0
        return status & 0x7f == 0 ? status >> 8 : -(status & 0x7f)
    }

    /// Sends the signal and returns when the process has ended.
    public func end(by signal: Int32 = SIGTERM) {
        guard isRunning else { return }
        kill(identifier, signal)
        wait()
    }

    /// The status as waitpid(2) gives it; nil while it runs.
    private func reap(_ flags: Int32) -> Int32? {
        status.withLock { known in
            guard known == nil else { return known }
            var status: Int32 = 0
            var process = waitpid(identifier, &status, flags)
            while process < 0 && errno == EINTR { process = waitpid(identifier, &status, flags) }
            if process == identifier { known = status }
            return known
        }
    }
}
