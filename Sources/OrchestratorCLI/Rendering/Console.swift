import ArgumentParser
import Basics
import Foundation
import Orchestrator
import Synchronization

/// The two streams of the program: what a person watches goes to standard error as it happens,
/// the one result goes to standard output at the end.
final class Console: Sendable {
    private let format: OutputFormat
    private let isQuiet: Bool
    private let isVerbose: Bool
    private let style: Style
    private let progress: Mutex<ProgressLine>
    private let tellsInJSON: Bool

    init(_ options: OutputOptions) {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDERR_FILENO) == 1
        format = options.output
        isQuiet = options.quiet
        isVerbose = options.verbose
        style = Style(
            hasColor: isTerminal && !options.noColor && options.progress != .json
                && environment["NO_COLOR", default: ""].isEmpty
                && environment["TERM"] != "dumb")
        progress = Mutex(ProgressLine(options.progress, isTerminal: isTerminal))
        tellsInJSON = options.progress == .json
    }

    // MARK: - While it runs

    func show(_ event: Event) {
        if case .detail = event, !isVerbose { return }
        if isQuiet, !event.isWarning { return }
        progress.withLock { progress in
            switch event {
            case .rewriting(let state): progress.update(state, write: Self.writeError)
            case .working(let activity, let part):
                progress.update(activity, part: part, write: Self.writeError)
            default:
                progress.clear(write: Self.writeError)
                if let line = EventLines(style: style).line(for: event) {
                    Self.writeError((tellsInJSON ? TextDocument.line(event, line) : line) + "\n")
                }
            }
        }
    }

    // MARK: - At the end

    func finish(_ result: some Presentable) {
        progress.withLock { $0.clear(write: Self.writeError) }
        switch format {
        case .text: Self.writeOutput(result.text)
        case .json: Self.writeOutput(JSONText.of(result.document))
        }
    }

    /// Shows what would be done and asks whether it shall be.
    ///
    /// - Throws: `Fault(.refused)` when the answer isn't yes, or when there is nobody to ask;
    ///   `Fault(.interrupted)` after a signal.
    func confirm(_ question: String, plan: DryRun, signals: SignalHandling) async throws {
        guard !plan.operations.isEmpty else { return }
        try await ask(plan.planText + question, signals)
    }

    /// Asks whether it shall be.
    ///
    /// - Throws: as the other.
    func confirm(_ question: String) async throws {
        let signals = SignalHandling(stop: StopSignal())
        defer { signals.end() }
        try await ask(question, signals)
    }

    func confirm(_ question: String, signals: SignalHandling) async throws {
        try await ask(question, signals)
    }

    private func ask(_ question: String, _ signals: SignalHandling) async throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw Fault(
                .refused, "this has to be confirmed, and there is no terminal to ask at",
                hint: "Nothing was touched. --yes confirms it.")
        }
        let text = question + " [y/N] "
        let line: String?
        do {
            line = try await signals.whileAsking {
                Self.writeError(text)
                return try await TypedLine.read()
            }
        } catch is CancellationError {
            Self.writeError("\n")
            throw Fault(
                .interrupted, "interrupted before it was confirmed", hint: "Nothing was touched.")
        }
        let answer = line?.trimmingCharacters(in: .whitespaces).lowercased()
        guard answer == "y" || answer == "yes" else {
            throw Fault(.refused, "not confirmed", hint: "Nothing was touched.")
        }
    }

    /// Tells a fault and ends with the exit status that it stands for.
    func reportingFaults(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let exit as ExitCode {
            throw exit
        } catch {
            let fault = Fault(error)
            progress.withLock { $0.clear(write: Self.writeError) }
            Self.writeError(FaultText(style: style).text(for: fault) + "\n")
            let status = ExitStatus(fault.code)
            if format == .json {
                Self.writeOutput(JSONText.of(FaultDocument(fault, exitStatus: status.rawValue)))
            }
            throw ExitCode(status.rawValue)
        }
    }

    static func writeError(_ text: String) {
        // Where standard error is gone there is nowhere left to say so.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    private static func writeOutput(_ text: String) {
        let ended = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
        try? FileHandle.standardOutput.write(contentsOf: Data(ended.utf8))
    }
}

/// A result that can be told to people and to programs.
protocol Presentable {
    associatedtype Document: Encodable
    var text: String { get }
    var document: Document { get }
}

enum JSONText {
    static func of(_ document: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Our documents are plain structures of strings, numbers and lists, which can be encoded.
        guard let data = try? encoder.encode(document) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// All on one line, without its end.
    static func line(_ document: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

extension Event {
    var isWarning: Bool {
        if case .warning = self { true } else { false }
    }
}
