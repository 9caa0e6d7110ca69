import Foundation
import Orchestrator

/// The line that shows how far something long has come: rewritten in place on a terminal, else a
/// plain line every few seconds.
struct ProgressLine {
    private let isTerminal: Bool
    private let isJSON: Bool
    private var isShown = false
    private var started: ContinuousClock.Instant?
    private var shown: ContinuousClock.Instant?
    private var subject: String?

    /// - Parameter isTerminal: whether a line can be written over.
    init(_ format: ProgressFormat, isTerminal: Bool) {
        self.isTerminal = isTerminal && format == .auto
        isJSON = format == .json
    }

    mutating func update(_ progress: RewriteProgress, write: (String) -> Void) {
        let isJSON = isJSON
        update(progress.resource.description, write) { seconds in
            isJSON
                ? JSONText.line(RewriteProgressDocument(progress, seconds: seconds))
                : Self.text(progress, seconds: seconds)
        }
    }

    /// - Parameter part: from 0 to 1.
    mutating func update(_ activity: String, part: Double, write: (String) -> Void) {
        let isJSON = isJSON
        update(activity, write) { _ in
            isJSON
                ? JSONText.line(WorkingDocument(activity: activity, part: part))
                : "  \(activity): \(Int(part * 100)) %"
        }
    }

    private mutating func update(
        _ newSubject: String, _ write: (String) -> Void, text: (_ seconds: Double) -> String
    ) {
        let now = ContinuousClock.now
        if subject != newSubject {
            subject = newSubject
            started = now
            shown = isTerminal || isJSON ? nil : now
        }
        let interval: Duration =
            isTerminal ? .milliseconds(100) : isJSON ? .seconds(1) : .seconds(5)
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
        if progress.retries > 0 { text += ", \(progress.retries.grouped) tried again" }
        if progress.failed > 0 { text += ", \(progress.failed.grouped) failed" }
        return text
    }
}
