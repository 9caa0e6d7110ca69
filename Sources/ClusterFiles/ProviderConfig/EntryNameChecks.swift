internal import Basics
internal import EncryptionModel

/// What kube-apiserver doesn't check: that a stored value, which names its key, tells which one it
/// means.
struct KeyNameCheck {
    let problems: DiagnosticCollector

    func run(_ keys: [LocalKey: Fault.Place]) {
        var first: [StoredForm: LocalKey] = [:]
        for (key, place) in keys.sorted(by: { Self.isBefore($0.value, $1.value) }) {
            if key.name.contains(":") {
                problems.add(
                    "a key's name with a colon can't be told from what follows it in etcd",
                    hint: "Give the key a name without one.", at: place)
            }
            let form = ProviderEntry.key(key).storedForm
            guard first[form] != nil else {
                first[form] = key
                continue
            }
            problems.add(
                "another \(key.provider.rawValue) key of the name \(Quotable(key.name)) has another secret",
                hint: "Give every key a name of its own: values in etcd name theirs by that alone.",
                at: place)
        }
    }

    private static func isBefore(_ left: Fault.Place, _ right: Fault.Place) -> Bool {
        (left.line ?? 0, left.column ?? 0) < (right.line ?? 0, right.column ?? 0)
    }
}

/// A plugin's name stands once in a config: kube-apiserver counts it as a duplicate even where the
/// same plugin serves two entries, if the later is v2. Identical v1 ones it accepts.
struct PluginNameCheck {
    let problems: DiagnosticCollector

    func run(_ plugins: [(plugin: KMSPlugin, place: Fault.Place)]) {
        var seen: [String: KMSPlugin] = [:]
        for (plugin, place) in plugins {
            guard let former = seen.updateValue(plugin, forKey: plugin.name) else { continue }
            if former == plugin, plugin.version == .v1 { continue }
            problems.add(
                "the name \(Quotable(plugin.name)) stands at more than one kms",
                hint: "One plugin serves one entry, with all its resources in that entry's list."
                    + " Two plugins have two names.", at: place)
        }
    }
}
