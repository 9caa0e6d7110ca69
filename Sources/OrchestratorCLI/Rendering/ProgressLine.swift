import Foundation
import Orchestrator

/// The line that shows how far something long has come: rewritten in place on a terminal, else a
/// plain line every few seconds.
struct ProgressLine {
    private let isTerminal: Bool
    private var isShown = false
    private var started: ContinuousClock.Instant?
    private var shown: ContinuousClock.Instant?
    private var subject: String?

    init(isTerminal: Bool) { self.isTerminal = isTerminal }

    mutating func update(_ progress: RewriteProgress, write: (String) -> Void) {
        update(progress.resource.description, write) { Self.text(progress, seconds: $0) }
    }

    /// - Parameter part: from 0 to 1.
    mutating func update(_ activity: String, part: Double, write: (String) -> Void) {
        update(activity, write) { _ in "  \(activity): \(Int(part * 100)) %" }
    }

    private mutating func update(
        _ newSubject: String, _ write: (String) -> Void, text: (_ seconds: Double) -> String
    ) {
        let now = ContinuousClock.now
        if subject != newSubject {
            subject = newSubject
            started = now
            shown = isTerminal ? nil : now
        }
        let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
        if let shown, now - shown < interval { return }
        shown = now
        let seconds = started.map { (now - $0) / .seconds(1) } ?? 0
        let text = text(seconds)
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
