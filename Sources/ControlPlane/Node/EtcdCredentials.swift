public import Basics

/// How kube-apiserver itself reaches etcd, with what it shows there.
public struct EtcdCredentials: Sendable {
    /// URLs, as in `--etcd-servers`.
    public let endpoints: [String]
    public let prefix: String
    /// Resources that aren't in this etcd; see `APIServerProcess`.
    public let keptElsewhere: Set<String>
    /// PEM; nil where the argument isn't given.
    public let authorities: SecretBytes?
    public let certificate: SecretBytes?
    public let key: SecretBytes?
}

extension ControlPlaneNode {
    /// Reads the files that kube-apiserver's own etcd arguments name, as it sees them.
    public func etcdCredentials() async throws -> EtcdCredentials {
        do {
            let process = try await runtime.inspect()
            return EtcdCredentials(
                endpoints: process.etcdServers, prefix: process.etcdPrefix,
                keptElsewhere: process.keptElsewhere,
                authorities: try await contents(process.etcdCAFile),
                certificate: try await contents(process.etcdCertificateFile),
                key: try await contents(process.etcdKeyFile))
        } catch {
            throw Fault(error).on(node: name)
        }
    }

    private func contents(_ path: String?) async throws -> SecretBytes? {
        guard let path else { return nil }
        guard let file = try await runtime.read(path, limit: 1 << 20) else {
            throw Fault(.notFound, "kube-apiserver's argument names \(path), which doesn't exist")
        }
        return file.contents
    }
}
