internal import Basics
internal import ClusterFiles
internal import Foundation
internal import HTTP
internal import KubeAPI

/// Which credentials the API is spoken to with.
///
/// In this order: `--kubeconfig`, `orchestrator.kubeconfig`, `kube_config_<cluster.yml>` beside
/// cluster.yml (RKE's), `$KUBECONFIG`, and kube-admin's certificate in the state file.
struct KubeconfigChoice {
    private let config: ClusterConfig
    private let options: SessionOptions

    init(_ config: ClusterConfig, options: SessionOptions) {
        self.config = config
        self.options = options
    }

    func access(stateFile: StateJournal) async throws -> APIAccess {
        let besideIt = ClusterFileNames.kubeconfig(for: options.configPath)
        if let path = options.kubeconfigPath ?? config.settings.kubeconfig {
            return try Kubeconfig.load(path)
        }
        if FileManager.default.fileExists(atPath: besideIt) { return try Kubeconfig.load(besideIt) }
        if let path = fromEnvironment { return try Kubeconfig.load(path) }
        if let admin = try await stateFile.adminCertificate() { return access(of: admin) }
        throw Fault(
            .badInput,
            "no kubeconfig was found: there is no \(besideIt), KUBECONFIG isn't set, and the state"
                + " file has no kube-admin certificate",
            hint: "Nothing was touched. Name one with --kubeconfig.")
    }

    /// Of several paths in `$KUBECONFIG` only the first that exists; kubectl would merge them.
    private var fromEnvironment: String? {
        let paths = (options.environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        return paths.first(where: FileManager.default.fileExists) ?? paths.first
    }

    /// RKE's API servers listen on 6443 of every control-plane node.
    private func access(of admin: AdminCertificate) -> APIAccess {
        APIAccess(
            host: config.controlPlane.first?.address ?? "", port: 6443,
            trust: .authorities(pem: Array(admin.caCertificate.utf8)),
            identity: HTTPClientConfiguration.Identity(
                certificatePEM: Array(admin.certificate.utf8), keyPEM: admin.key))
    }
}
