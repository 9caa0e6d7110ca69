internal import EncryptionModel
internal import Transition

extension Ports {
    /// A restore goes by what is recorded, and gives every node a provider config by it. Where a
    /// node has a key that isn't recorded, its file may be the only copy, and the data in force may
    /// be under it.
    ///
    /// - Throws: `Fault(.refused)` that names the first such node and its keys, or what there can't
    ///   be understood. One that can't be looked at is passed over: restores are for clusters in
    ///   trouble.
    func refuseUnknownKeys(_ journal: Journal) async throws {
        let recorded = try await self.journal.recordedKeys()
        let known = Set(journal.keys.map(\.key) + recorded)
        let sealed = Set((journal.sealed?.keys ?? []).map(\.fingerprint))
        for look in await controlPlane.look() {
            guard let sight = try? look.result.get() else { continue }
            if case .unclear(let reason) = sight.observation.running {
                throw Refusal.unclear(node: look.node, reason: reason)
                    .fault(naming: [], to: SnapshotRestoring.command)
            }
            let unknown = sight.keys.filter {
                !known.contains($0) && !sealed.contains($0.fingerprint.hex)
            }
            guard unknown.isEmpty else {
                throw Refusal.unknownKeys(node: look.node, keys: unknown)
                    .fault(naming: [], to: SnapshotRestoring.command)
            }
        }
    }
}
