internal import Basics
internal import Foundation
internal import KubeAPI

/// The cluster's Lease, which the product holds while it rewrites: by its renewals the usual pace
/// knows what a small write takes.
struct HeldLease {
    let smallWrites = SmallWrites()
    private let hold: LeaseHold
    private let renewal: Task<Void, Never>

    /// The product has held it for a while when it comes to rewriting; so there are some renewals
    /// at once.
    private static let atOnce = 3

    init(at servers: [APIServer]) async throws {
        let hold = LeaseHold(
            .encryption,
            claim: LeaseClaim(holder: "benchmark", run: UUID().uuidString, lockFile: nil),
            servers: servers.map { server in { server } }, smallWrites: smallWrites
        ) { _ in }
        try await hold.acquire()
        for _ in 0..<Self.atOnce { await hold.renew() }
        renewal = Task {
            var pause = LeaseTerms().renewal
            while (try? await Task.sleep(for: pause)) != nil { pause = await hold.renew() }
        }
        self.hold = hold
    }

    func release() async {
        renewal.cancel()
        await renewal.value
        await hold.release()
    }
}
