internal import Basics
internal import ClusterFiles
internal import EncryptionModel
internal import KubeAPI

/// The Secret `kube-system/full-cluster-state` (rancher/rke `cluster/state.go`). Versions of RKE
/// before 1.4.19 had a ConfigMap of that name, readable by many: it isn't touched.
struct LiveStateCopy: StateCopyPort {
    let kubernetes: LiveKubernetes

    func read() async throws -> (any StateCopy)? {
        guard let value = try await kubernetes.secretValue(.rkeState) else { return nil }
        do {
            return try SecretStateCopy(value, kubernetes)
        } catch {
            // Its hint is about files.
            let fault = Fault(error)
            throw Fault(fault.code, "\(SecretValueName.rkeState): \(fault.message)", cause: fault)
        }
    }
}

private struct SecretStateCopy: StateCopy {
    let configs: StateConfigs
    private let state: StateFile
    private let version: ResourceVersion
    private let kubernetes: LiveKubernetes

    init(_ value: SecretValue, _ kubernetes: LiveKubernetes) throws {
        let file = SecretValueName.rkeState.description
        let state = try StateFile(reading: value.bytes, file: file)
        func config(_ text: SecretBytes?) throws -> ProviderConfig? {
            try text.map { try ProviderConfigReader.read($0, file: file, origin: .rke) }
        }
        configs = StateConfigs(
            desired: try config(state.desiredProviderConfig),
            current: try config(state.currentProviderConfig))
        self.state = state
        version = value.version
        self.kubernetes = kubernetes
    }

    /// A member that means the same already keeps its words.
    func replace(with wanted: StateConfigs) async throws {
        var state = state
        if configs.desired != wanted.desired {
            state.desiredProviderConfig = try wanted.desired.map {
                try ProviderConfigWriter.write($0)
            }
        }
        if configs.current != wanted.current {
            state.currentProviderConfig = try wanted.current.map {
                try ProviderConfigWriter.write($0)
            }
        }
        try await kubernetes.replaceSecretValue(
            .rkeState, with: try state.encoded(), ifStill: version)
    }
}
