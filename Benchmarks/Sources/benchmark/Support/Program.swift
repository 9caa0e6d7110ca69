internal import Basics
internal import Foundation

/// A program of this machine, by its absolute path.
struct Program: Sendable {
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

    /// One that SwiftPM has built with this program, and put beside it.
    static func builtBesideThis(_ name: String) throws -> Program {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return try Program(
            at: URL(fileURLWithPath: own).deletingLastPathComponent().path + "/" + name)
    }

    /// Runs it to its end; any status other than 0 is a `Fault` with what it said.
    ///
    /// - Parameter input: through a file that root alone can read; for what others mustn't see, as
    ///   they see arguments.
    /// - Returns: its standard output.
    @discardableResult
    func run(
        _ arguments: [String], input: Data? = nil, in scratch: ScratchFolder
    ) throws -> Data {
        let errors = scratch.path("stderr")
        try Data().write(to: URL(fileURLWithPath: errors))
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = Self.environment
        process.standardInput = try input.map { try Self.file(of: $0, in: scratch) } ?? .nullDevice
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

    /// Of a program that tells it when it is asked so: `etcd 3.4.23`.
    func version(of name: String, _ arguments: String..., in scratch: ScratchFolder) throws
        -> String
    {
        "\(name) \(Machine.version(in: try run(arguments, in: scratch)))"
    }

    private static func file(of bytes: Data, in scratch: ScratchFolder) throws -> FileHandle {
        let path = scratch.path("stdin")
        guard
            FileManager.default.createFile(
                atPath: path, contents: bytes, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forReadingAtPath: path)
        else { throw Fault(.failed, "can't write \(path)") }
        try FileManager.default.removeItem(atPath: path)
        return file
    }

    /// etcdctl took the API's version from here before it had but one.
    static var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging(["ETCDCTL_API": "3"]) { $1 }
    }
}
