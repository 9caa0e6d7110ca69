import Basics
import Foundation
import Synchronization
import Testing

@testable import KubeAPI

/// A Lease as a server tells of it, and one run that wants it.
struct LeaseScript {
    static let path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    static let one = "\(path)/orchestrator-encryption"
    static let get = "GET \(one)"
    static let post = "POST \(path)"
    static let patch = "PATCH \(one)"
    static let review = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    static func object(
        version: Int, holder: String? = "bob@b, process 2, orchestrator up", seconds: Int = 30,
        renewed: Int = 0, run: String = "bob", lock: String? = "lock-b"
    ) -> String {
        let second = renewed < 10 ? "0\(renewed)" : "\(renewed)"
        let lock = lock.map { #","orchestrator-encryption/lock-file":"\#($0)""# } ?? ""
        return #"{"kind":"Lease","metadata":{"resourceVersion":"\#(version)","annotations":{"#
            + #""orchestrator-encryption/run":"\#(run)"\#(lock)}},"spec":{"#
            + (holder.map { #""holderIdentity":"\#($0)","# } ?? "")
            + #""leaseDurationSeconds":\#(seconds),"leaseTransitions":4,"#
            + #""acquireTime":"2026-11-21T03:23:20.000000Z","#
            + #""renewTime":"2026-11-21T03:24:\#(second).000000Z"}}"#
    }

    /// The one that `test` has.
    static func ours(version: Int) -> String {
        object(version: version, holder: "ada@a", run: "ada", lock: "lock-a")
    }

    static let notFound = Answer.refusal(404, "NotFound", "not found")
    static let conflict = Answer.refusal(409, "Conflict", "the object has been modified")
    static let exists = Answer.refusal(409, "AlreadyExists", "already exists")
    static let down = Answer.fault(Fault(.unreachable, "connection refused"))

    static func allowed(_ verbs: Bool...) -> [Answer] {
        verbs.map { isAllowed in
            .status(
                201, #"{"kind":"SelfSubjectAccessReview","status":{"allowed":\#(isAllowed)}}"#)
        }
    }

    let exchanger: ScriptedExchanger
    let clock = TestClock()
    let smallWrites = SmallWrites()
    let hold: LeaseHold
    private let told: Told

    final class Told: Sendable {
        let news = Mutex<[LeaseNews]>([])
    }

    /// - Parameters:
    ///   - rights: answers about get, create and patch.
    ///   - servers: how many the same script stands for.
    ///   - each: what an answer takes.
    init(
        _ script: [String: [Answer]], rights: [Answer] = LeaseScript.allowed(true, true, true),
        servers: Int = 1, lock: String? = "lock-a", terms: LeaseTerms = LeaseTerms(),
        each: Duration = .zero
    ) {
        let exchanger = ScriptedExchanger(script.merging([Self.review: rights]) { $1 })
        var terms = terms
        // In real time; on a machine at its limit a script's answer takes more than a server's.
        if terms.attempt == LeaseTerms().attempt { terms.attempt = .seconds(60) }
        let told = Told()
        self.exchanger = exchanger
        self.told = told
        hold = LeaseHold(
            .encryption, claim: LeaseClaim(holder: "ada@a", run: "ada", lockFile: lock),
            servers: (1...servers).map { [clock] number in
                {
                    let node = "n\(number)"
                    if each == .zero { return .test(exchanger, node: node) }
                    return .test(
                        SlowExchanger(exchanger, each: each, clock: clock.clock), node: node)
                }
            },
            terms: terms, smallWrites: smallWrites, clock: clock.clock,
            wallClock: WallClock { Timestamp(seconds: 1_795_231_400, nanoseconds: 1_002_003) },
            report: { news in told.news.withLock { $0.append(news) } })
    }

    var warnings: [String] {
        told.news.withLock { news in
            news.compactMap { if case .warning(let text) = $0 { text } else { nil } }
        }
    }

    /// Requests besides the questions for rights.
    var lines: [String] { exchanger.lines.filter { $0 != Self.review } }

    func body(_ line: String, _ index: Int = 0) -> String {
        let found = zip(exchanger.lines, exchanger.seen).filter { $0.0 == line }.map(\.1)
        return index < found.count ? found[index].body?.exposedText() ?? "" : ""
    }
}
