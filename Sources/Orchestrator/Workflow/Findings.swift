internal import EncryptionModel
internal import Transition

extension NodeSight {
    /// What is wrong with the node, if anything is.
    ///
    /// - Parameter isEncrypted: something may be stored encrypted.
    func finding(whereEncrypted isEncrypted: Bool) -> String? {
        let node = observation.node
        switch observation.running {
        case .unclear(let reason): return "\(node): \(reason)"
        case .fileMissing(let path):
            return "\(node): the API server's argument names \(path), where there is no file"
        case .notLoaded where observation.reloading == .available:
            return "\(node): the API server hasn't loaded the provider config yet that lies there;"
                + " it looks once a minute"
        case .notLoaded: return "\(node): the provider config was changed after the server's start"
        case .unconfigured where isEncrypted:
            return "\(node): kube-apiserver runs without the provider config: it can't read what is"
                + " stored encrypted, and stores in plaintext what is to be encrypted. Whoever"
                + " writes its arguments anew (an upgrade by kubeadm, minikube start, rke up) takes"
                + " that one away; orchestrator up brings it back"
        case .config, .unconfigured:
            if !observation.isReady { return "\(node): the API server isn't ready" }
            if observation.hasAbandonedFile {
                return "\(node): a provider config lies there, but the API server runs without"
            }
            return observation.hasLeftovers
                ? "\(node): an interrupted run left a copy of a former provider config beside the"
                    + " present one (.….before-orchestrator); the next operation removes it" : nil
        }
    }
}

extension [NodeSight] {
    /// Whether something may be stored encrypted, by what the servers run with or by what is
    /// recorded. While a snapshot is being restored servers are stopped on purpose.
    func mayHoldEncrypted(_ journal: Journal, expected: RecordedConfig) -> Bool {
        guard journal.restore == nil else { return false }
        if contains(where: { $0.observation.running.loaded.encrypts }) { return true }
        if let operation = journal.operation { return operation.mayHoldEncrypted }
        guard case .known(let config) = expected else { return false }
        return config.encrypts
    }
}

extension Operation {
    /// What every API server should run with now.
    var deployed: ProviderConfig? {
        stage.map { StagePlan(self).stage($0).config } ?? from
    }

    /// Before the final stage what was stored when it began isn't proven to be gone. A repair comes
    /// from what drifted servers had, and what is to be brought back was written with, too.
    fileprivate var mayHoldEncrypted: Bool {
        switch stage {
        case .final: to.encrypts
        case .write: from.encrypts || to.encrypts
        case .read, nil: from.encrypts || (kind == .repair && to.encrypts)
        }
    }
}

extension ProviderConfig? {
    /// Whether a server with this config stores anything encrypted.
    fileprivate var encrypts: Bool {
        self?.rules.contains { $0.chain.writer != .identity } ?? false
    }
}

extension NodeObservation.Running {
    var loaded: ProviderConfig? {
        if case .config(let config) = self { config } else { nil }
    }
}
