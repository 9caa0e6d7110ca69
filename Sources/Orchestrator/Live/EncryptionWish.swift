internal import Basics
internal import ClusterFiles
internal import ControlPlane
internal import EncryptionModel
internal import Transition

/// What cluster.yml says of encryption, as far as it can be done.
struct EncryptionWish {
    let wanted: Wanted
    let resources: [ResourcePattern]
    /// Where its parts stand; nil where it names none.
    let places: ConfigPlaces?
    let told: String
    private let file: String
    private let traits: ServerTraits
    /// The folders of the host that RKE lets kube-apiserver's container see; nil where a manifest
    /// decides, which only the node has.
    private let seenFolders: [String]?

    init(_ config: ClusterConfig) {
        file = config.file
        seenFolders =
            config.settings.runtime == .staticPod
            ? nil : Self.folders(ofBinds: config.kubeAPI.extraBinds)
        let gates =
            [config.kubeAPI.extraArguments["feature-gates"]].compactMap(\.self)
            + (config.kubeAPI.extraArgumentLists["feature-gates"] ?? [])
        traits = ServerTraits(
            release: config.kubernetesVersion.flatMap(KubernetesRelease.init(version:)),
            featureGates: ServerTraits.gates(in: gates.joined(separator: ",")))
        switch config.encryption {
        case .absent, .disabled:
            (wanted, resources, places) = (.plaintext, [.secrets], nil)
            told = "no encryption at rest"
        case .managed(let provider, let patterns, let allowsReads, let places):
            wanted = .managed(
                ManagedEncryption(
                    provider: provider, resources: patterns, allowsUnencryptedReads: allowsReads))
            (resources, self.places) = (patterns, places)
            told =
                "\(patterns.map(\.text).joined(separator: ", ")) under a managed"
                + " \(provider.rawValue) key"
        case .custom(let written):
            wanted = .custom(written.config)
            (resources, places) = (written.config.patterns, written.places)
            told = "a custom config, \(written.config.told)"
        }
    }

    /// What can be told without a cluster, by the version that cluster.yml names.
    ///
    /// - Returns: what can be done and may still hurt.
    /// - Throws: `Fault(.badInput)` for what that version can't do.
    func checkedOffline() throws -> [Diagnostic] {
        switch wanted {
        case .plaintext: return []
        case .managed(let managed):
            // Nobody chose the provider for its name, so nobody is told of it.
            try check(
                ProviderConfig(rules: [.init(resources: managed.resources, chain: .identity)]))
            return []
        case .custom(let config):
            try check(config)
            return config.advice(on: traits).map(diagnostic) + hiddenSockets(of: config)
        }
    }

    private func check(_ config: ProviderConfig) throws {
        let obstacles = config.obstacles(on: traits).map(diagnostic)
        guard let first = obstacles.first else { return }
        throw Fault(
            .badInput, first.message, hint: first.hint, place: first.place,
            cause: DiagnosticList(diagnostics: obstacles))
    }

    /// RKE binds /etc/kubernetes into the container, and what extra_binds says.
    private static func folders(ofBinds binds: [String]) -> [String] {
        ["/etc/kubernetes"]
            + binds.compactMap { bind in
                let parts = bind.split(separator: ":")
                return parts.count > 1 ? String(parts[1]) : parts.first.map(String.init)
            }
    }

    private func hiddenSockets(of config: ProviderConfig) -> [Diagnostic] {
        guard let seenFolders else { return [] }
        return config.plugins.compactMap { plugin in
            guard let path = PluginSocket(endpoint: plugin.endpoint)?.path,
                !seenFolders.contains(where: { path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") })
            else { return nil }
            return Diagnostic(
                place: place(.entry(.kms(plugin))),
                message: "\(path) isn't in a folder that kube-apiserver's container sees",
                hint: "Mount it with services.kube-api.extra_binds, and let RKE apply that before"
                    + " the config.")
        }
    }

    private func diagnostic(_ finding: ConfigFinding) -> Diagnostic {
        Diagnostic(
            place: place(finding.subject), message: finding.message, hint: finding.hint)
    }

    private func place(_ subject: ConfigFinding.Subject) -> Fault.Place {
        places?[subject] ?? Fault.Place(file: file)
    }
}
