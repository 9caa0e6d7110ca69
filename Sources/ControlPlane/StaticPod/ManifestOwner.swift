internal import APIServerSpec
internal import Basics

/// A distribution that writes the manifest anew from a configuration of its own, so that a change
/// made here would be lost at any moment, and that has encryption of its own.
enum ManifestOwner: String, CaseIterable {
    case kops = "kOps"
    case rke2 = "RKE2"
    case openShift = "OpenShift"

    /// Nil where the manifest is one that only kubeadm or an administrator writes.
    init?(of manifest: APIServerManifest, at path: String) {
        let found = Self.allCases.first { $0.hasWritten(manifest, at: path) }
        guard let found else { return nil }
        self = found
    }

    private func hasWritten(_ manifest: APIServerManifest, at path: String) -> Bool {
        switch self {
        // nodeup/pkg/model/kube_apiserver.go
        case .kops:
            manifest.arguments.value(of: "tls-private-key-file")?.hasPrefix("/srv/kubernetes/")
                == true
        case .rke2: path.hasPrefix("/var/lib/rancher/rke2/")
        // The operator's installer pods put every revision there.
        case .openShift:
            manifest.mounts.contains {
                $0.hostPath.hasPrefix("/etc/kubernetes/static-pod-resources")
            }
        }
    }

    private var ownWay: String {
        switch self {
        case .kops: "kops create secret encryptionconfig, and encryptionConfig: true"
        case .rke2: "rke2 secrets-encrypt"
        case .openShift: "spec.encryption of the APIServer resource"
        }
    }

    func fault(_ path: String) -> Fault {
        Fault(
            .refused,
            "\(path) belongs to \(rawValue), which writes it anew from a configuration of its own",
            hint: "Nothing was touched. Use its own way: \(ownWay).")
    }
}
