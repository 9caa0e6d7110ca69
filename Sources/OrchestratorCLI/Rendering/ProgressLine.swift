import Foundation
import Orchestrator

/// The line that shows how far the rewriting has come: rewritten in place on a terminal, else a
/// plain line every few seconds.
struct ProgressLine {
    private let isTerminal: Bool
    private var isShown = false
    private var started: ContinuousClock.Instant?
    private var shown: ContinuousClock.Instant?
    private var resource: String?

    init(isTerminal: Bool) { self.isTerminal = isTerminal }

    mutating func update(_ progress: RewriteProgress, write: (String) -> Void) {
        let now = ContinuousClock.now
        if resource != progress.resource.description {
            resource = progress.resource.description
            started = now
            shown = isTerminal ? nil : now
        }
        let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
        if let shown, now - shown < interval { return }
        shown = now
        let seconds = started.map { (now - $0) / .seconds(1) } ?? 0
        let text = Self.text(progress, seconds: seconds)
        write(isTerminal ? "\r\u{1B}[K" + text : text + "\n")
        isShown = isTerminal
    }

    mutating func clear(write: (String) -> Void) {
        if isShown { write("\r\u{1B}[K") }
        isShown = false
    }

    static func text(_ progress: RewriteProgress, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(progress.done) / seconds : 0
        var text = "  rewriting \(progress.resource): \(progress.done.grouped)"
        if let total = progress.total { text += " of \(total.grouped)" }
        if rate >= 1 { text += ", \(Int(rate).grouped) a second" }
        if rate >= 1, let total = progress.total, total > progress.done {
            text += ", \(Duration.seconds(Double(total - progress.done) / rate).told) left"
        }
        if progress.failed > 0 { text += ", \(progress.failed.grouped) failed" }
        return text
    }
}
