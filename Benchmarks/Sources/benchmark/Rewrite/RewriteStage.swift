internal import Basics
internal import EncryptionModel
internal import Foundation
internal import Synchronization

/// A cluster on which contestants rewrite in turns; before each, all is made stale.
final class RewriteStage: Sendable {
    private let cluster: BenchmarkCluster
    private let containers: APIServerContainers
    private let clients: [ServerClient]
    private let bystander: Bystander
    private let warmUp: WarmUp
    private let meter: ProgramMeter
    private let scratch: ScratchFolder
    /// Of changes so far.
    private let changes = Mutex(0)

    /// How long the servers, which were just started, come to rest before the bystander, alone, is
    /// looked at.
    private static let rest = Duration.seconds(3)

    init(_ cluster: BenchmarkCluster, in scratch: ScratchFolder) async throws {
        self.cluster = cluster
        self.scratch = scratch
        meter = try ProgramMeter(in: scratch)
        containers = try APIServerContainers(cluster: cluster)
        try containers.equip()
        clients = try cluster.nodes.map { try ServerClient($0, of: cluster) }
        for client in clients { try await client.waitUntilReady() }
        try await SecretFilling(clients: clients).makeNamespaces()
        warmUp = try await WarmUp(clients, namespace: SecretFilling.namespaces[0])
        bystander = try await Bystander(
            try ServerClient(cluster.nodes[0], of: cluster, userAgent: "bystander"),
            namespace: SecretFilling.namespaces[0])
    }

    /// Has as many Secrets of that size as the scenario says, and no others of the benchmark's.
    func fill(_ scenario: RewriteScenario) async throws {
        let upkeep = EtcdUpkeep(cluster: cluster)
        for namespace in SecretFilling.namespaces { try upkeep.removeSecrets(in: namespace) }
        try await SecretFilling(clients: clients).fill(
            scenario.count, kibibytes: scenario.kibibytes)
    }

    /// Lets a contestant rewrite all, and checks that it did.
    func run(
        _ contestant: any RewriteContestant, in scenario: RewriteScenario
    ) async throws -> RewriteRun {
        try await makeStale()
        let (quiet, before) = try await bystander.watch { [cluster] in
            try await Task.sleep(for: Self.rest)
            let (bytes, use) = (try cluster.wireBytes(), try ProcessorUse())
            try await Task.sleep(for: contestant.quiet)
            return (
                bytes: try cluster.wireBytes() - bytes,
                busy: use.busyShare(until: try ProcessorUse())
            )
        }
        let arena = RewriteArena(
            cluster: cluster, token: containers.token,
            kubeconfig: try cluster.kubeconfig(with: containers.token),
            secrets: try await StoredSecrets(listedBy: clients[0]), meter: meter,
            scratch: scratch)
        let bytes = try cluster.wireBytes()
        let (effort, seen) = try await bystander.watch {
            try await contestant.rewrite(arena)
        }
        let parts = effort.stops.isEmpty ? nil : seen.parted(by: effort.stops)
        let seconds = effort.seconds + effort.stops.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        let idle = Double(quiet.bytes) / (contestant.quiet / .seconds(1)) * seconds
        let wireBytes = try cluster.wireBytes() - bytes - Int(idle)
        try await check(contestant, effort, arena.secrets)
        if contestant.sample != nil { try await rewriteRest(since: arena.secrets.watermark) }
        return RewriteRun(
            effort: effort, wireBytes: contestant.sample == nil ? wireBytes : nil,
            meanwhile: parts?.outside ?? seen,
            before: parts?.within ?? before.since(Self.rest), busyBefore: quiet.busy)
    }

    /// Gives the servers the other provider config.
    private func makeStale() async throws {
        try EtcdUpkeep(cluster: cluster).tidy()
        try containers.change(
            to: changes.withLock { count in
                count += 1
                return count
            })
        for client in clients { try await client.waitUntilReady() }
        try await warmUp.run()
    }

    /// What a sample has left: under the other key it wouldn't be stale the next time.
    private func rewriteRest(since watermark: ResourceVersion) async throws {
        let rest = try await StoredSecrets(listedBy: clients[0]).all
            .filter { $0.version <= watermark }
        try await withThrowingTaskGroup(of: Void.self) { [clients] group in
            for (number, secret) in rest.enumerated() {
                if number >= 64 { try await group.next() }
                group.addTask {
                    try await clients[number % clients.count].send(
                        "PATCH", secret.path, body: Array("{}".utf8),
                        type: "application/merge-patch+json")
                }
            }
            try await group.waitForAll()
        }
    }

    /// - Throws: a `Fault` where anything is as old as before: then it wasn't the work that was
    ///   measured.
    private func check(
        _ contestant: any RewriteContestant, _ effort: RewriteEffort, _ former: StoredSecrets
    ) async throws {
        let now = try await StoredSecrets(listedBy: clients[0])
        let stale = now.staleCount(at: former.watermark)
        let done = contestant.sample.map { min($0, former.all.count) } ?? former.all.count
        guard now.all.count == former.all.count, former.all.count - stale == done,
            effort.objects == done
        else {
            throw Fault(
                .discrepancy,
                "\(contestant.name): \(stale) of \(now.all.count) objects weren't stored anew,"
                    + " and it says that it rewrote \(effort.objects)")
        }
    }

    /// Which API server this is, for those who read the numbers.
    func server() async throws -> String {
        struct Version: Decodable { let gitVersion: String }
        let bytes = try await clients[0].send("GET", "/version")
        let version = try JSONDecoder().decode(Version.self, from: Data(bytes)).gitVersion
        return try "\(cluster.apiServerName) \(version)"
    }

    func shutdown() async {
        for client in clients { await client.shutdown() }
        await bystander.shutdown()
    }
}
