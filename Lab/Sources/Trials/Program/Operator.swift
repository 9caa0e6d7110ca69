internal import Basics
package import Foundation
package import LabKit
internal import Synchronization

/// An administrator's folder (cluster.yml and what belongs to it) and the program run there.
package struct Operator: Sendable {
    package let lab: Lab
    package let folder: String
    /// The orchestrator, absolute.
    package let program: String

    /// The folder that the lab itself has made.
    ///
    /// - Parameter program: else `$ORCHESTRATOR` or the debug build.
    package init(of lab: Lab, program: String? = nil) throws {
        try self.init(lab: lab, folder: lab.folder, program: Harness.orchestrator(told: program))
    }

    private init(lab: Lab, folder: String, program: String) throws {
        self.lab = lab
        self.folder = folder
        self.program = program
        try FileManager.default.createDirectory(
            atPath: folder + "/output", withIntermediateDirectories: true)
    }

    package static let files = [
        "cluster.yml", "kube_config_cluster.yml", "cluster.rkestate", "known_hosts", "id_ed25519",
    ]

    /// A copy that can be spoilt.
    package func copy(without missing: Set<String> = []) throws -> Operator {
        let copy = try Operator(
            lab: lab, folder: "\(lab.folder)/operators/\(UInt32.random(in: 0...UInt32.max))",
            program: program)
        for file in Self.files where !missing.contains(file) {
            try FileManager.default.copyItem(atPath: path(file), toPath: copy.path(file))
        }
        return copy
    }

    package func path(_ file: String) -> String { "\(folder)/\(file)" }
    package var stateFile: String { path("cluster.rkestate") }

    // MARK: The program

    /// Counts the runs of this process, so that each has output files of its own.
    private static let runs = Mutex(0)

    /// - Parameter environment: besides `HOME` and `PATH`.
    package func start(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> RunningProgram {
        let number = Self.runs.withLock { runs in
            runs += 1
            return runs
        }
        return try RunningProgram(
            program, arguments + ["--config", path("cluster.yml")],
            environment: ["HOME": folder, "PATH": "/usr/bin:/bin"]
                .merging(environment) { $1 },
            output: path("output/\(number)"))
    }

    package func run(_ arguments: String...) async throws -> ProgramResult {
        try await start(arguments).end()
    }

    /// Runs what has to succeed and reads its document.
    package func succeed<Document: Decodable>(
        _ arguments: String..., giving type: Document.Type = WorkflowDocument.self
    ) async throws -> Document {
        let result = try await start(arguments + ["--output", "json"]).end()
        guard result.status == 0 else {
            throw Fault(
                .failed,
                "\(arguments.joined(separator: " ")): exit status \(result.status)\n"
                    + result.errorOutput)
        }
        return try result.document()
    }

    // MARK: Files

    package func read(_ file: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(file)))
    }

    package func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(file)))
    }

    package func remove(_ file: String) throws {
        try FileManager.default.removeItem(atPath: path(file))
    }

    /// Changes a text file; what is to be replaced has to be there.
    package func edit(_ file: String, _ change: (String) throws -> String) throws {
        let old = String(decoding: try read(file), as: UTF8.self)
        let new = try change(old)
        guard new != old else { throw Fault(.failed, "\(file) isn't changed by the edit") }
        try write(new, to: file)
    }
}
