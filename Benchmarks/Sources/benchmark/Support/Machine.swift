internal import Foundation

/// Where and with what was measured.
struct Machine {
    let cores: Int
    let processor: String

    init() throws {
        // `activeProcessorCount` heeds the cores that this process may use.
        cores = ProcessInfo.processInfo.activeProcessorCount
        let lines = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).split(
            separator: "\n")
        // Not every architecture has it.
        processor =
            lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
            .map { $0.trimmingCharacters(in: .whitespaces) } ?? "an unnamed processor"
    }

    var told: String { "\(cores) core\(cores == 1 ? "" : "s") of \(processor)" }

    /// Today, as `2026-01-31`.
    static var today: String {
        let parts = Calendar(identifier: .gregorian).dateComponents(
            [.year, .month, .day], from: Date())
        return [parts.year, parts.month, parts.day].map { number in
            let digits = String(number ?? 0)
            return digits.count < 2 ? "0" + digits : digits
        }.joined(separator: "-")
    }

    /// The first `major.minor.patch` in what a program says of itself.
    static func version(in text: Data) -> String {
        String(decoding: text, as: UTF8.self)
            .firstMatch(of: #/[0-9]+\.[0-9]+(\.[0-9]+)?/#).map { String($0.output.0) } ?? "?"
    }
}
