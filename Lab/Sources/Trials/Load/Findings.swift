internal import Basics
internal import Synchronization

/// What none of the load's clients may ever see.
enum WrongKind: String, Sendable, Hashable, CaseIterable {
    case serverError = "500"
    case unreadable = "unreadable value"
    case changed = "changed value"
    case lost = "lost write"
    case failedList = "failed list"
    case missedByList = "missed by a list"
    case unknownObject = "unknown object"
    case otherStatus = "other status"
    /// A notice from a server that wasn't restarting.
    case unexplained = "refused by a server that ran"
    case severalDown = "two servers down at once"
    case undecided = "write never decided"
}

struct WrongAnswer: Sendable, Hashable {
    let kind: WrongKind
    let server: String
    let request: String
    /// Since the load began, in seconds.
    let second: Double
    let said: String
}

/// Counts of one load. Requests and answers of every kind; reads of values that were compared.
package struct LoadCounts: Sendable, Hashable {
    package var requests = 0
    /// Answers with the status that was due.
    package var answers = 0
    package var creates = 0
    package var updates = 0
    package var deletes = 0
    package var gets = 0
    package var lists = 0
    /// Values compared with what they had to be, those in lists included.
    package var valuesCompared = 0
    /// Updates with a resourceVersion that lost against another write (the rewriter's).
    package var conflicts = 0
    /// Notices from the server that restarted, by `Notice.Kind`.
    package var whileRestarting: [String: Int] = [:]
    /// By `WrongKind`.
    package var wrong: [String: Int] = [:]

    package var wrongAnswers: Int { wrong.values.reduce(0, +) }
    package var noticesWhileRestarting: Int { whileRestarting.values.reduce(0, +) }
}

/// Collects what the clients find.
final class Findings: Sendable {
    struct State: Sendable {
        var counts = LoadCounts()
        var wrong: [WrongAnswer] = []
        /// Judged at the end, when it's known which server restarted when.
        var notices: [(answer: Answer, notice: Notice)] = []
    }

    private let state = Mutex(State())
    let start = ContinuousClock.now

    /// Kept in full; counted beyond.
    private static let greatestLog = 1000

    func count(_ change: (inout LoadCounts) -> Void) { state.withLock { change(&$0.counts) } }

    func note(_ notice: Notice, _ answer: Answer) {
        state.withLock { $0.notices.append((answer, notice)) }
    }

    func wrong(_ kind: WrongKind, _ answer: Answer, _ said: String) {
        wrong(kind, server: answer.server, answer.request, at: answer.began, said)
    }

    func wrong(
        _ kind: WrongKind, server: String, _ request: String,
        at instant: ContinuousClock.Instant = .now, _ said: String
    ) {
        let second = ((instant - start) / .seconds(1) * 1000).rounded() / 1000
        state.withLock { state in
            state.counts.wrong[kind.rawValue, default: 0] += 1
            guard state.wrong.count < Self.greatestLog else { return }
            state.wrong.append(
                WrongAnswer(
                    kind: kind, server: server, request: request, second: second, said: said))
        }
    }

    /// Explains each notice by a restart of the server that gave it, or counts it as wrong.
    func judgeNotices(_ restarts: [Restart]) {
        let notices = state.withLock { state in
            defer { state.notices = [] }
            return state.notices
        }
        for (answer, notice) in notices {
            let isExplained = restarts.contains {
                $0.server == answer.server && $0.overlaps(answer.began...answer.ended)
            }
            if isExplained {
                count { $0.whileRestarting[notice.kind.rawValue, default: 0] += 1 }
            } else {
                wrong(.unexplained, answer, "\(notice.kind.rawValue): \(notice.said)")
            }
        }
    }

    package var counts: LoadCounts { state.withLock(\.counts) }
    package var wrongAnswers: [WrongAnswer] { state.withLock(\.wrong) }
}
