import ArgumentParser
import Basics
import Foundation
import Orchestrator

/// The passphrase of sealed keys: from a file, or typed without being shown. Never from the command
/// line or the environment, where others can see it.
struct PassphraseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file whose first line is the passphrase of the sealed keys (asked for otherwise).",
            valueName: "file"))
    var passphraseFile: String?

    /// - Parameter isNew: it is asked for twice then.
    /// - Returns: nil where no file is given and there is nobody to ask.
    func read(isNew: Bool = false) async throws -> SecretBytes? {
        if let passphraseFile { return try Self.firstLine(of: passphraseFile) }
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
        guard let typed = try await Self.ask("Passphrase of the sealed keys: ") else { return nil }
        guard isNew else { return typed }
        guard try await Self.ask("The same again: ") == typed else {
            throw Fault(.refused, "the two aren't the same", hint: "Nothing was touched.")
        }
        return typed
    }

    /// - Throws: `Fault(.usage)` where there is none.
    func required(isNew: Bool = false) async throws -> SecretBytes {
        guard let passphrase = try await read(isNew: isNew) else {
            throw Fault(
                .usage, "a passphrase is needed, and there is no terminal to ask at",
                hint: "Give a file with --passphrase-file.")
        }
        guard !passphrase.isEmpty else {
            throw Fault(
                .usage, "the passphrase is empty",
                hint: passphraseFile.map { "Write it into the first line of \($0)." })
        }
        return passphrase
    }

    private static func firstLine(of path: String) throws -> SecretBytes {
        guard let bytes = try LocalFile.read(path, limit: 64 << 10) else {
            throw Fault(.badInput, "there is no file \(path)")
        }
        return bytes.withUnsafeBytes { bytes in
            let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
            return SecretBytes(copying: line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
    }

    private static func ask(_ question: String) async throws -> SecretBytes? {
        let signals = SignalHandling(stop: StopSignal())
        defer { signals.end() }
        Console.writeError(question)
        defer { Console.writeError("\n") }
        do {
            let line = try await HiddenTyping.during {
                try await signals.whileAsking { try await TypedLine.read() }
            }
            return line.map { SecretBytes(copying: $0.utf8) }
        } catch is CancellationError {
            throw Fault(.interrupted, "interrupted at the passphrase", hint: "Nothing was touched.")
        }
    }
}

/// Switches the terminal's echo off for a while.
enum HiddenTyping {
    static func during<Result>(_ body: () async throws -> Result) async throws -> Result {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return try await body() }
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
        return try await body()
    }
}
