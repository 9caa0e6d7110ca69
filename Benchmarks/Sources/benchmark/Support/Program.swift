internal import Basics
internal import Foundation

/// A program of this machine, by its absolute path.
struct Program {
    let path: String

    /// - Parameter path: may be relative to the working directory.
    init(at path: String) throws {
        self.path = URL(fileURLWithPath: path).path
        guard FileManager.default.isExecutableFile(atPath: self.path) else {
            throw Fault(.notFound, "\(path) is no program that can be run")
        }
    }

    /// The first one of that name on `PATH`; nil where there is none.
    init?(named name: String) {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        guard
            let path = folders.map({ "\($0)/\(name)" })
                .first(where: FileManager.default.isExecutableFile)
        else { return nil }
        self.path = path
    }

    /// One that scripts/install-debian-packages installs, or SwiftPM built.
    static func installed(_ name: String) throws -> Program {
        guard let program = Program(named: name) else {
            throw Fault(
                .notFound, "\(name) is not installed",
                hint: "scripts/install-debian-packages installs what the benchmarks need.")
        }
        return program
    }

    /// Runs it to its end; any status other than 0 is a `Fault` with what it said.
    ///
    /// - Returns: its standard output.
    @discardableResult
    func run(_ arguments: [String], in scratch: ScratchFolder) throws -> Data {
        let errors = scratch.path("stderr")
        try Data().write(to: URL(fileURLWithPath: errors))
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = Self.environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        // A file, because two pipes would have to be read at once.
        process.standardError = FileHandle(forWritingAtPath: errors)
        try withoutBlockedSignals(process.run)
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
            throw Fault(
                .failed,
                "\(path) \(arguments.joined(separator: " ")): status"
                    + " \(process.terminationStatus): \(said.suffix(2000))")
        }
        return text
    }

    /// etcdctl took the API's version from here before it had but one.
    static var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging(["ETCDCTL_API": "3"]) { $1 }
    }
}
