internal import Basics
internal import Glibc

/// A started process that inherits nothing but its standard streams.
///
/// Foundation's `Process` learns of an end by a socket that every process started meanwhile inherits;
/// with several labs at a time, whose nodes live long, it would wait for those.
package struct ChildProcess: Sendable {
    /// What stands behind a standard stream.
    package enum Stream: Sendable {
        case null
        /// Made anew; for output.
        case file(String)
        case descriptor(Int32)
    }

    package let identifier: Int32

    /// - Parameters:
    ///   - path: the program's.
    ///   - environment: the whole of it.
    package init(
        _ path: String, _ arguments: [String], environment: [String: String],
        input: Stream = .null, output: Stream, errors: Stream
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in [input, output, errors].enumerated() {
            Self.add(stream, as: Int32(number), to: &actions)
        }
        // That a number isn't open is no fault here.
        for descriptor in 3..<Int32(4096) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        let words = ([path] + arguments).map { strdup($0) }
        let variables = environment.map { strdup("\($0)=\($1)") }
        defer { for string in words + variables { free(string) } }
        var identifier: Int32 = 0
        let status = withoutBlockedSignals {
            posix_spawn(&identifier, path, &actions, nil, words + [nil], variables + [nil])
        }
        guard status == 0 else {
            throw Fault(.failed, "cannot start \(path): \(String(cString: strerror(status)))")
        }
        self.identifier = identifier
    }

    private static func add(
        _ stream: Stream, as number: Int32, to actions: inout posix_spawn_file_actions_t
    ) {
        switch stream {
        case .null:
            posix_spawn_file_actions_addopen(
                &actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
        case .file(let path):
            posix_spawn_file_actions_addopen(
                &actions, number, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        case .descriptor(let descriptor):
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        }
    }

    /// Blocks until it has ended; once only.
    ///
    /// - Returns: the exit status, or 128 and the signal's number.
    package func wait() -> Int {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        let signal = Int(status & 0x7f)
        return signal == 0 ? Int(status >> 8) & 0xff : 128 + signal
    }
}
