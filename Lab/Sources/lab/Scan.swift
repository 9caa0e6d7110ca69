internal import ArgumentParser
internal import Basics
internal import Foundation
internal import LabKit

struct Scan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count what etcd really holds, by resource and stored prefix.",
        discussion: """
            With --expect or --values, exit status 4 when what is found isn't what is expected.
            """)

    enum Expectation: String, ExpressibleByArgument, CaseIterable {
        case encrypted, plaintext
    }

    @OptionGroup var folder: FolderOptions

    @Flag(help: "Tell of all resources, not of Secrets and encrypted ones alone.")
    var all = false

    @Flag(help: "Read every Secret that fill has made through every API server, too.")
    var values = false

    @Option(help: "Expect all Secrets to be encrypted under one key, or to be plaintext.")
    var expect: Expectation?

    @Option(help: "Expect so many Secrets.")
    var count: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let lab = try Lab.existing(folder: folder.path)
        let stored = try await lab.scan()
        print(json ? try encoded(stored) : lines(stored).joined(separator: "\n"))
        var wrong = stored.revealing.map { "\($0) is encrypted and shows its value" }
        wrong += unexpected(stored.resources["secrets"] ?? [:])
        if values {
            let found = try await lab.checkValues()
            if found.isEmpty { say("lab: every known value is read through every API server") }
            wrong += found
        }
        guard !wrong.isEmpty else { return }
        for line in wrong.prefix(20) { say("lab: \(line)") }
        if wrong.count > 20 { say("lab: and \(wrong.count - 20) more") }
        throw ExitCode(4)
    }

    private func unexpected(_ secrets: [String: Int]) -> [String] {
        var wrong: [String] = []
        let total = secrets.values.reduce(0, +)
        if let count, count != total {
            wrong.append("\(total) Secrets are stored where \(count) should be")
        }
        let isPlain = Set(secrets.keys) == [StoredCount.plaintext]
        if expect == .plaintext, !isPlain {
            wrong.append("not all Secrets are plaintext")
        }
        if expect == .encrypted, isPlain || secrets.count != 1 {
            wrong.append("not all Secrets are encrypted under one key")
        }
        return wrong
    }

    /// Without `--all`: Secrets, and whatever else has something encrypted.
    private func told(_ stored: StoredCount) -> [String: [String: Int]] {
        stored.resources.filter { resource, counts in
            all || resource == "secrets" || Set(counts.keys) != [StoredCount.plaintext]
        }
    }

    private func encoded(_ stored: StoredCount) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(told(stored)), as: UTF8.self)
    }

    private func lines(_ stored: StoredCount) -> [String] {
        let lines = told(stored).sorted { $0.key < $1.key }.flatMap { resource, counts in
            counts.sorted { $0.key < $1.key }.map { prefix, count in
                "\(resource): \(count.formatted()) "
                    + (prefix == StoredCount.plaintext ? prefix : "under \(prefix)")
            }
        }
        return lines.isEmpty ? ["secrets: 0"] : lines
    }
}
