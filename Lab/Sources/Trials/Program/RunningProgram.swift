internal import Basics
package import Foundation
internal import LabKit

/// A started program whose output goes to files, so that it can be read while it runs.
package struct RunningProgram: Sendable {
    private let child: ChildProcess
    package let outputPath: String
    package let errorPath: String

    /// - Parameter output: path without extension for `.out` and `.err`.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String],
        output: String
    ) throws {
        outputPath = output + ".out"
        errorPath = output + ".err"
        child = try ChildProcess(
            program, arguments, environment: environment, output: .file(outputPath),
            errors: .file(errorPath))
    }

    package var process: Int32 { child.identifier }

    /// What it has said so far on standard error.
    package var errorOutput: String {
        String(decoding: FileManager.default.contents(atPath: errorPath) ?? Data(), as: UTF8.self)
    }

    package func signal(_ number: Int32) { kill(process, number) }

    /// Waits for it to end; once only.
    package func end() async -> ProgramResult {
        let status = await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: child.wait()) }.start()
        }
        return ProgramResult(
            status: status,
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
