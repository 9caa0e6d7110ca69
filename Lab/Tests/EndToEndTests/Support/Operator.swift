import Basics
import Foundation
import LabKit
import Synchronization
import Testing

/// An administrator's folder (cluster.yml and what belongs to it) and the program run there.
struct Operator: Sendable {
    let lab: Lab
    let folder: String

    /// The folder that the lab itself has made.
    init(of lab: Lab) throws {
        try self.init(lab: lab, folder: lab.folder)
    }

    private init(lab: Lab, folder: String) throws {
        self.lab = lab
        self.folder = folder
        try FileManager.default.createDirectory(
            atPath: folder + "/output", withIntermediateDirectories: true)
    }

    static let files = [
        "cluster.yml", "kube_config_cluster.yml", "cluster.rkestate", "known_hosts", "id_ed25519",
    ]

    /// A copy that can be spoilt.
    func copy(without missing: Set<String> = []) throws -> Operator {
        let copy = try Operator(
            lab: lab, folder: "\(lab.folder)/operators/\(UInt32.random(in: 0...UInt32.max))")
        for file in Self.files where !missing.contains(file) {
            try FileManager.default.copyItem(atPath: path(file), toPath: copy.path(file))
        }
        return copy
    }

    func path(_ file: String) -> String { "\(folder)/\(file)" }
    var stateFile: String { path("cluster.rkestate") }

    // MARK: The program

    /// Counts the runs of this process, so that each has output files of its own.
    private static let runs = Mutex(0)

    func start(_ arguments: [String]) throws -> RunningProgram {
        let number = Self.runs.withLock { runs in
            runs += 1
            return runs
        }
        return try RunningProgram(
            Harness.orchestrator(), arguments + ["--config", path("cluster.yml")],
            environment: ["HOME": folder, "PATH": "/usr/bin:/bin"],
            output: path("output/\(number)"))
    }

    func run(_ arguments: String...) async throws -> ProgramResult {
        try await start(arguments).end()
    }

    /// Runs what has to succeed and reads its document.
    func succeed<Document: Decodable>(
        _ arguments: String..., giving type: Document.Type = WorkflowDocument.self,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Document {
        let result = try await start(arguments + ["--output", "json"]).end()
        try #require(
            result.status == 0,
            "\(arguments.joined(separator: " ")): \(result.status)\n\(result.errorOutput)",
            sourceLocation: location)
        return try result.document()
    }

    // MARK: Files

    func read(_ file: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(file)))
    }

    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(file)))
    }

    func remove(_ file: String) throws {
        try FileManager.default.removeItem(atPath: path(file))
    }

    /// Changes a text file; what is to be replaced has to be there.
    func edit(_ file: String, _ change: (String) throws -> String) throws {
        let old = String(decoding: try read(file), as: UTF8.self)
        let new = try change(old)
        try #require(new != old, "\(file) isn't changed by the edit")
        try write(new, to: file)
    }
}
