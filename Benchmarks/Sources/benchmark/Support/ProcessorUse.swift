internal import Basics
internal import Foundation

/// What the machine's processors did since its start, by whomever (`proc_stat(5)`), in ticks.
struct ProcessorUse: Sendable {
    private let busy: Double
    private let all: Double

    init() throws {
        let text = try String(contentsOfFile: "/proc/stat", encoding: .utf8)
        // user, nice, system, idle, iowait, irq, softirq, steal; guests are among user and nice.
        let ticks = (text.split(separator: "\n").first ?? "").split(separator: " ")
            .dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else {
            throw Fault(.failed, "/proc/stat begins with something else")
        }
        all = ticks.reduce(0, +)
        busy = all - ticks[3] - ticks[4]
    }

    /// The busy share of the time between two moments, 0 to 1.
    func busyShare(until later: ProcessorUse) -> Double {
        later.all > all ? (later.busy - busy) / (later.all - all) : 0
    }
}
