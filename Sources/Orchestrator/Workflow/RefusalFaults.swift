internal import Basics
internal import EncryptionModel
internal import Transition

extension Refusal {
    /// - Parameters:
    ///   - command: what was refused, for the words of what to do after.
    ///   - sights: the nodes as they were seen, whose words for their log a hint takes.
    ///   - hasTouched: this run has changed something before.
    func fault(
        naming objects: [String], to command: String, seen sights: [NodeSight] = [],
        hasTouched: Bool = false
    ) -> Fault {
        let named = objects.isEmpty ? "" : "\n  " + objects.joined(separator: "\n  ")
        let untouched = hasTouched ? "" : "; nothing was touched"
        let nothing = hasTouched ? "" : "Nothing was touched. "
        switch self {
        case .noControlPlane:
            return Fault(
                .refused, "no node has the role controlplane", hint: "Add one in cluster.yml.")
        case .notReady(let nodes):
            return Fault(
                .refused,
                "the API server isn't ready on \(nodes.joined(separator: ", "))" + untouched,
                hint: "Mend it first" + logs(of: nodes, in: sights) + ", then run"
                    + " \(command) again.", node: nodes.first)
        case .nodesDisagree(let nodes):
            return Fault(
                .refused,
                "the API servers don't run with the same provider config" + untouched + ":"
                    + nodes.map { "\n  \($0.node): \($0.running.told)" }.joined(),
                hint: "Find out who changed one of them. orchestrator encrypt status shows more.")
        case .unclear(let node, let reason):
            return Fault(
                .refused, "which provider config the API server runs with can't be told: \(reason)",
                hint: nothing + "Mend the file or the argument, or move the file to"
                    + " another folder (it may be the only copy of its keys); then run"
                    + " \(command) again.", node: node)
        case .notLoaded(let node):
            return Fault(
                .refused,
                "the provider config on the node was changed after its API server was started,"
                    + " so the server may still run with another" + untouched,
                hint: "Restart kube-apiserver on the node if the file is as it should be (one that"
                    + " reloads it by itself does so within a minute), then run \(command)"
                    + " again.", node: node)
        case .foreignConfig(let node, let keys):
            return Fault(
                .refused,
                "the provider config has a key that isn't of the unfinished operation:"
                    + keys.map { " \($0)" }.joined(separator: ","),
                hint: "Somebody else changed it. " + nothing + "Every key is still there."
                    + " Has another machine a newer cluster.rkestate? Use that one. Else put the"
                    + " former provider config back on the node, then run \(command) again.",
                node: node)
        case .unknownKeys(let node, let keys):
            return Fault(
                .refused,
                "the node has another provider config than the state file records, with keys that"
                    + " nobody here knows:" + keys.map { " \($0)" }.joined(separator: ","),
                hint: nothing + "Has another machine a newer cluster.rkestate? Use that"
                    + " one. Else find out who changed the node's file; its keys may be the only"
                    + " copy, so keep it.", node: node)
        case .unreadable(let forms):
            return Fault(
                .refused,
                "etcd holds values under a key that the API servers don't have, so no key is made"
                    + " or changed: \(told(forms))" + named,
                hint: "Find that key (an older cluster.rkestate, a backup of"
                    + " /etc/kubernetes/ssl/encryption.yaml) and put it back first.")
        case .unfinished(let operation):
            return Fault(
                .refused,
                "\(operation.kind.rawValue) of \(operation.started) is unfinished, and nothing else"
                    + " is begun before it is finished",
                hint: "orchestrator up finishes it; then run \(command) again."
                    + (operation.canBeGivenUp ? " (orchestrator encrypt abort gives it up.)" : ""))
        case .onlyForward(let operation):
            return Fault(
                .refused,
                "\(operation.kind.rawValue) of \(operation.started) can't be given up: it brings"
                    + " back what every API server should have",
                hint: "orchestrator up finishes it.")
        case .nothingToRotate(nil):
            return Fault(
                .refused, "encryption isn't enabled on this cluster, so there is no key to rotate",
                hint: "Set services.kube-api.secrets_encryption_config.enabled: true in cluster.yml"
                    + " and run orchestrator up.")
        case .nothingToRotate(.some):
            return Fault(
                .refused, "no resource of the provider config is written by a local key",
                hint: "A KMS rotates its own keys: do so there, wait until every API server has"
                    + " noticed (more than 3 minutes), and run orchestrator encrypt rewrite.")
        case .rotationNotConfigured:
            return Fault(
                .refused,
                "cluster.yml doesn't ask for encryption, so no key is rotated",
                hint: "Set services.kube-api.secrets_encryption_config.enabled: true, or run"
                    + " orchestrator up to disable encryption.")
        case .nothingToRewrite:
            return Fault(
                .refused,
                "encryption isn't enabled on this cluster, so there is nothing to rewrite",
                hint: "Set services.kube-api.secrets_encryption_config.enabled: true in cluster.yml"
                    + " and run orchestrator up.")
        case .nameUsedBefore(let keys):
            return Fault(
                .refused,
                "the custom config gives another secret to a name that a key of the same provider"
                    + " has or had:" + keys.map { " \($0)" }.joined(separator: ","),
                hint: "Nothing was touched. What is stored names its key by name alone, so the two"
                    + " couldn't be told apart, in etcd or in a snapshot. Give the new key a name"
                    + " of its own.")
        case .pluginTorn(let plugin, let patterns):
            return Fault(
                .refused,
                "the KMS plugin \(plugin.name) would have to stand in several entries on the way,"
                    + " since \(patterns.map(\.text).joined(separator: ", ")) come from different"
                    + " providers, or go to such; kube-apiserver doesn't start with that",
                hint: "Nothing was touched. Run a second instance of the plugin under another name"
                    + " for what is new; or take all of them to one local provider first, and on"
                    + " from there.")
        case .pluginNameTaken(let plugins):
            return Fault(
                .refused,
                "the custom config has a KMS plugin of the same name as the one in use, in another"
                    + " version:"
                    + plugins.map { " \($0.name) (\($0.version.rawValue))" }
                    .joined(separator: ","),
                hint: "Nothing was touched. Until everything is rewritten both are needed, and"
                    + " kube-apiserver wants different names. Give the new one another name.")
        case .restoring(let restore):
            return Fault(
                .refused,
                "the snapshot \(restore.snapshot) is being restored, since \(restore.started)",
                hint: "Nothing was touched. \(restore.howToGoOn)")
        case .notProven(let forms):
            return Fault(
                .failed,
                "after the rewrite etcd still holds values stored otherwise: \(told(forms)); no key"
                    + " was removed and everything stays readable" + named,
                hint: "Something wrote to etcd meanwhile by another way. \(command) rewrites"
                    + " them and looks again.")
        }
    }

    /// Where their logs are seen: each kind of runtime has its own way.
    private func logs(of nodes: [String], in sights: [NodeSight]) -> String {
        let ways = Set(sights.filter { nodes.contains($0.observation.node) }.map(\.serverLog))
        return ways.isEmpty
            ? "" : " (its log on the node: " + ways.sorted().joined(separator: "; ") + ")"
    }

    private func told(_ forms: [GroupResource: [StoredForm: Int]]) -> String {
        forms.sorted { $0.key < $1.key }.map { resource, counts in
            counts.sorted { $0.key < $1.key }
                .map { "\($0.value) \(resource) under \($0.key)" }.joined(separator: ", ")
        }.joined(separator: "; ")
    }
}
