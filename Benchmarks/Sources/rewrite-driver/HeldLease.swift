internal import Basics
internal import Foundation
internal import KubeAPI

/// The cluster's Lease, which the product holds while it rewrites: its renewals are the small
/// writes that the usual pace compares its answers with.
struct HeldLease {
    let smallWrites = SmallWrites()
    private let hold: LeaseHold
    private let renewal: Task<Void, Never>

    init(at servers: [APIServer]) async throws {
        let hold = LeaseHold(
            .encryption,
            claim: LeaseClaim(holder: "benchmark", run: UUID().uuidString, lockFile: nil),
            servers: servers.map { server in { server } }, smallWrites: smallWrites
        ) { _ in }
        try await hold.acquire()
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
