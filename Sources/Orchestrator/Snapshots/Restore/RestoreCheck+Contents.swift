internal import Basics
internal import EncryptionModel
internal import Etcd
internal import Transition

// What is in the snapshot, against what is known.

extension RestoreCheck {
    func checkCluster(_ contents: SnapshotContents, _ journal: Journal) async throws {
        guard let uid = contents.clusterUID else { return }
        let own: String
        do {
            own =
                if let known = journal.clusterUID { known } else {
                    try await ports.kubernetes.clusterUID()
                }
        } catch {
            try Task.checkCancellation()
            report(
                .warning(
                    "nothing tells whether the snapshot is of this cluster: the state file doesn't"
                        + " say, and no API server answers (\(Fault(error).message))"))
            return
        }
        guard uid != own else { return }
        throw Fault(
            .refused,
            "this is a snapshot of another cluster: its namespace kube-system has the UID \(uid),"
                + " that of this cluster \(own)",
            hint: "Nothing was touched. Is this the right cluster.yml?")
    }

    func checkKeys(
        _ verdict: SnapshotVerdict, _ sealed: [SealedArchive.Key], _ journal: Journal,
        _ deployed: ProviderConfig?
    ) throws {
        if let told = sealed.toldAsSealed {
            throw Fault(
                .refused, "whether the snapshot can be restored can't be told: \(told)",
                hint: "Nothing was touched.")
        }
        guard verdict.isReadable else {
            let told = verdict.obstacles.map { "\n  \($0.told)\(history(of: $0, journal))" }
            throw Fault(
                .refused,
                "the snapshot can't be restored, for a cluster restored from it couldn't read its"
                    + " own data:\(told.joined())",
                hint:
                    "Nothing was touched. Look for the key: in cluster.rkestate.bak, an older copy"
                    + " of the state file (orchestrator etcd snapshot-inspect --state FILE tries"
                    + " it), or RKE's snapshot archive of that time. Or use another snapshot:"
                    + " orchestrator etcd snapshot-list.")
        }
        try checkPlugins(verdict, deployed)
        try checkNamesakes(verdict, deployed)
    }

    private func checkPlugins(_ verdict: SnapshotVerdict, _ deployed: ProviderConfig?) throws {
        let plugins = verdict.plugins.filter { form in
            !(deployed?.plugins ?? []).contains { ProviderEntry.kms($0).storedForm == form }
        }
        guard plugins.isEmpty else {
            throw Fault(
                .refused,
                "the snapshot needs a KMS plugin that the API servers don't have: "
                    + plugins.map(\.description).joined(separator: ", "),
                hint:
                    "Nothing was touched. Put the plugin in a custom config in cluster.yml, behind"
                    + " what writes now, run orchestrator up, then try again.")
        }
    }

    private func checkNamesakes(_ verdict: SnapshotVerdict, _ deployed: ProviderConfig?) throws {
        let inForce = (deployed?.keys ?? []).filter { key in
            !verdict.needed.contains { $0.key == key }
        }
        let twins = inForce.filter { key in
            verdict.needed.contains { $0.key.provider == key.provider && $0.key.name == key.name }
        }
        guard twins.isEmpty else {
            throw Fault(
                .refused,
                "the snapshot needs another key of the name of one in force:"
                    + twins.map { " \($0)" }.joined(separator: ","),
                hint: "Nothing was touched. Rotate first (orchestrator encrypt rotate-key), so that"
                    + " the two can be told apart; then try again.")
        }
    }

    /// What became of the keys of that form.
    private func history(of obstacle: SnapshotVerdict.Obstacle, _ journal: Journal) -> String {
        guard let parts = obstacle.form.parts else { return "" }
        return journal.forgotten
            .filter { $0.provider.rawValue == parts.provider && $0.name == parts.name }
            .map { key in
                let operation = journal.history.first { $0.operation == key.retiredBy }
                let by = operation.map { " by the \($0.kind.rawValue) \($0.operation)" } ?? ""
                let retired = key.retired.map { "retired \($0)\(by), " } ?? ""
                return "\n    \(key.name) (\(key.fingerprint)) was \(retired)forgotten"
                    + " \(key.forgotten) on purpose"
            }.joined()
    }

    /// etcd reads older databases, but not those of later versions.
    func checkVersion(_ contents: SnapshotContents) async throws {
        guard let ofSnapshot = contents.clusterVersion.flatMap(EtcdVersion.init),
            let ofMembers = await restoring.etcdVersion().flatMap(EtcdVersion.init),
            ofSnapshot > ofMembers
        else { return }
        throw Fault(
            .refused,
            "the snapshot is of etcd \(ofSnapshot), and this cluster runs etcd \(ofMembers)",
            hint: "Nothing was touched. Upgrade etcd (with kubernetes_version) first.")
    }

    func checkSpace(_ members: [RestoreMember], _ size: Int) throws {
        // The database, and a first file of the write-ahead log.
        let needed = size + size / 10 + (128 << 20)
        guard let short = members.first(where: { $0.freeSpace < needed }) else { return }
        throw Fault(
            .refused,
            "there is too little room for the restored data: \(short.freeSpace >> 20) MiB are free,"
                + " \(needed >> 20) MiB needed",
            hint: "Nothing was touched. The former data is kept until the restore is proven; make"
                + " room in etcd's data folder.", node: short.node)
    }
}

/// `3.5.9`, as far as it decides which databases are read.
struct EtcdVersion: Hashable, Comparable, CustomStringConvertible {
    let major: Int
    let minor: Int

    init?(_ text: String) {
        let parts = text.split(separator: ".").prefix(2).map { Int($0) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
        (self.major, self.minor) = (major, minor)
    }

    var description: String { "\(major).\(minor)" }

    static func < (left: EtcdVersion, right: EtcdVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
