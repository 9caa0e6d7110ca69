public import Basics

/// The cluster administrator's own identity, as RKE keeps it in the state file: enough to reach
/// the API without a kubeconfig.
public struct AdminCertificate: Sendable {
    /// `kube-ca`, PEM: signs the API servers' certificates.
    public let caCertificate: String
    /// `kube-admin`, PEM, of the group `system:masters`.
    public let certificate: String
    /// PEM.
    public let key: SecretBytes
}

extension StateFile {
    /// The addresses of the nodes that RKE recorded, of the current and of the desired state; with
    /// none of them in cluster.yml the file belongs to another cluster. Empty where RKE never
    /// wrote it.
    public var recordedAddresses: Set<String> {
        Set(
            Section.allCases.flatMap {
                document.strings("address", ofElementsOf: [$0.rawValue, "rkeConfig", "nodes"])
            })
    }

    /// The certificates of the current state, else of the desired one; nil where the file has no
    /// complete set.
    ///
    /// Names: rancher/rke `pki/constants.go`; members: `CertificatePKI` in `pki/pki.go`.
    public var adminCertificate: AdminCertificate? {
        for section in [Section.current, .desired] {
            let bundle = [section.rawValue, "certificatesBundle"]
            let ca = document.string(bundle + ["kube-ca", "certificatePEM"])
            let certificate = document.string(bundle + ["kube-admin", "certificatePEM"])
            let key = document.string(bundle + ["kube-admin", "keyPEM"])
            guard let ca = ca?.exposedText(), let certificate = certificate?.exposedText(),
                let key, !ca.isEmpty, !certificate.isEmpty, !key.isEmpty
            else { continue }
            return AdminCertificate(caCertificate: ca, certificate: certificate, key: key)
        }
        return nil
    }
}
