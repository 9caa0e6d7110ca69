internal import Basics
internal import Foundation

/// A program of the system, run to its end with its output collected.
public struct Command: Sendable {
    public let program: String
    public let arguments: [String]
    /// The whole environment; nothing of the caller's is handed on but `PATH` and `HOME`.
    public let environment: [String: String]
    public let input: [UInt8]

    /// Added to the environment of every program that the current task starts.
    @TaskLocal static var inherited: [String: String] = [:]

    public struct Result: Sendable {
        /// The exit status, or 128 and the signal's number.
        public let status: Int
        public let output: [UInt8]
        public let errorOutput: String

        public var text: String { String(decoding: output, as: UTF8.self) }
    }

    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        input: [UInt8] = []
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment.merging(Self.inherited) { given, _ in given }
        self.input = input
    }

    /// Runs it; whatever its status, it's no error.
    public func result() async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Swift.Result { try runBlocking() }) }
            thread.start()
        }
    }

    /// Runs it; a status other than 0 is a `Fault` with what it wrote to its standard error.
    @discardableResult
    public func run() async throws -> Result {
        let result = try await result()
        guard result.status == 0 else {
            let said = (result.errorOutput.isEmpty ? result.text : result.errorOutput)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw Fault(
                .failed,
                "\(program) \(arguments.joined(separator: " ")): exit status "
                    + "\(result.status): \(said.suffix(2000))")
        }
        return result
    }

    private func runBlocking() throws -> Result {
        let (input, output, errors) = (try OwnPipe(), try OwnPipe(), try OwnPipe())
        let process = try start(
            input: .descriptor(input.reading.fileDescriptor),
            output: .descriptor(output.writing.fileDescriptor),
            errors: .descriptor(errors.writing.fileDescriptor))
        for end in [input.reading, output.writing, errors.writing] { try end.close() }
        let readers = [output, errors].map { Collector($0.reading) }
        // A program that ends without reading all of its input is judged by its status.
        try? input.writing.write(contentsOf: Data(self.input))
        try? input.writing.close()
        let collected = readers.map { $0.wait() }
        return Result(
            status: process.wait(), output: collected[0],
            errorOutput: String(decoding: collected[1], as: UTF8.self))
    }

    /// Only starts it.
    func start(
        input: ChildProcess.Stream = .null, output: ChildProcess.Stream,
        errors: ChildProcess.Stream
    ) throws -> ChildProcess {
        let own = ProcessInfo.processInfo.environment
        return try ChildProcess(
            try Self.find(program), arguments,
            environment: ["PATH": Self.searchPath, "HOME": own["HOME"] ?? "/root"]
                .merging(environment) { $1 },
            input: input, output: output, errors: errors)
    }

    /// Debian's own programs come first: another Docker client, say, may be in /usr/local.
    static let searchPath = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"

    /// Becomes the program, with this process's own input and output.
    public func replaceThisProcess() throws {
        let path = try Self.find(program)
        let variables = environment.map { "\($0)=\($1)" }
        var (arguments, values) = (
            ([path] + arguments).map { strdup($0) }, variables.map { strdup($0) }
        )
        arguments.append(nil)
        values.append(nil)
        execve(path, arguments, values)
        throw Fault(.failed, "cannot start \(path): \(String(cString: strerror(errno)))")
    }

    private static func find(_ program: String) throws -> String {
        if program.hasPrefix("/") { return program }
        for folder in searchPath.split(separator: ":") {
            let path = "\(folder)/\(program)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Fault(
            .notFound, "\(program) is not installed",
            hint: "scripts/install-debian-packages installs what the lab needs")
    }
}

/// A pipe that no other process gets hold of.
private struct OwnPipe {
    let reading: FileHandle
    let writing: FileHandle

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw Fault(.failed, "cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }
}

/// Reads a pipe to its end on a thread of its own, so that no pipe fills up while another is read.
private final class Collector: @unchecked Sendable {
    // Written by the reading thread before the signal, read by the waiting one after it.
    private var bytes: [UInt8] = []
    private let done = DispatchSemaphore(value: 0)

    init(_ handle: FileHandle) {
        let handle = UncheckedHandle(handle: handle)
        Thread { [self] in
            if let data = try? handle.handle.readToEnd() { bytes = Array(data) }
            done.signal()
        }.start()
    }

    func wait() -> [UInt8] {
        done.wait()
        return bytes
    }
}

/// Used by the collector's thread alone.
private struct UncheckedHandle: @unchecked Sendable {
    let handle: FileHandle
}
