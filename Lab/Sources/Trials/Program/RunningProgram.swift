internal import Basics
package import Foundation
internal import LabKit

/// A started program whose output goes to files, so that it can be read while it runs.
package struct RunningProgram: Sendable {
    package let process: Int32
    package let outputPath: String
    package let errorPath: String

    /// - Parameter output: path without extension for `.out` and `.err`.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String],
        output: String
    ) throws {
        outputPath = output + ".out"
        errorPath = output + ".err"
        process = try Self.spawn(
            [program] + arguments, environment.map { "\($0)=\($1)" },
            outputs: [(1, outputPath), (2, errorPath)])
    }

    private static func spawn(
        _ words: [String], _ environment: [String], outputs: [(Int32, String)]
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (descriptor, path) in outputs {
            posix_spawn_file_actions_addopen(
                &actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        let strings = (words + environment).map { strdup($0) }
        defer { for string in strings { free(string) } }
        var process: Int32 = 0
        let status = withoutBlockedSignals {
            posix_spawn(
                &process, words[0], &actions, nil, strings.prefix(words.count) + [nil],
                strings.suffix(environment.count) + [nil])
        }
        guard status == 0 else {
            throw Fault(.failed, "cannot start \(words[0]): \(String(cString: strerror(status)))")
        }
        return process
    }

    /// What it has said so far on standard error.
    package var errorOutput: String {
        String(decoding: FileManager.default.contents(atPath: errorPath) ?? Data(), as: UTF8.self)
    }

    package func signal(_ number: Int32) { kill(process, number) }

    /// Waits for it to end; once only.
    package func end() async -> ProgramResult {
        let status = await withCheckedContinuation { continuation in
            Thread {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                continuation.resume(returning: status)
            }.start()
        }
        let signal = Int(status & 0x7f)
        return ProgramResult(
            status: signal == 0 ? Int(status >> 8) & 0xff : 128 + signal,
            output: FileManager.default.contents(atPath: outputPath) ?? Data(),
            errorOutput: errorOutput)
    }
}

package struct ProgramResult: Sendable {
    /// The exit status, or 128 and the signal's number.
    package let status: Int
    package let output: Data
    package let errorOutput: String

    package var text: String { String(decoding: output, as: UTF8.self) }

    /// Standard output as one of the documents of docs/json.md.
    package func document<Document: Decodable>(_ type: Document.Type = Document.self) throws
        -> Document
    {
        do { return try JSONDecoder().decode(type, from: output) } catch {
            throw Fault(.remote, "no \(type): \(error)\n\(text)\n\(errorOutput)")
        }
    }
}
