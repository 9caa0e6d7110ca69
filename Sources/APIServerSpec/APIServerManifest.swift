public import Basics
internal import YAML

/// The static pod manifest of a kube-apiserver: what it says, and where it says it.
///
/// The kubelet reads the first document, as YAML or as JSON, and leniently: the last of two equal
/// keys counts, unknown ones are passed over (`pkg/kubelet/config/common.go`). Reading here is as
/// lenient; `changed(by:)` isn't.
public struct APIServerManifest: Sendable {
    /// The annotation that gives the pod a new hash, and so a restart, when only a file has changed
    /// that the arguments name.
    public static let stampKey = "orchestrator/encryption-config"
    /// What our volume and its mount are called.
    static let volumeName = "orchestrator-encryption"

    /// Every byte as read.
    public let contents: SecretBytes
    /// What messages call it.
    public let file: String
    /// `command` and `args` of the container.
    public let arguments: ServerArguments
    /// The host's folders and files that the container sees.
    public let mounts: [HostMount]
    /// Empty where none is named.
    public let image: String
    /// The value of our annotation.
    public let stamp: String?
    /// How long a stopping server is given, in seconds; at least 1.
    public let terminationGracePeriod: Int

    let tree: ManifestTree
    let volumes: PodVolumes

    /// - Parameter file: what messages call the manifest.
    /// - Throws: `Fault` with code `.badInput` and a place, where it isn't a pod with a container of
    ///   kube-apiserver.
    public init(_ contents: SecretBytes, file: String) throws {
        tree = try ManifestTree(contents, file: file)
        volumes = PodVolumes(pod: tree.root["spec"], container: tree.container)
        self.contents = contents
        self.file = file
        arguments = ServerArguments(
            try tree.words(of: "command"), try tree.words(of: "args"))
        mounts = volumes.hostMounts(besides: nil)
        image = tree.container["image"]?.text ?? ""
        stamp = tree.root["metadata"]?["annotations"]?[Self.stampKey]?.text
        let seconds = tree.root["spec"]?["terminationGracePeriodSeconds"]?.scalar?.integer
        terminationGracePeriod = max(1, seconds ?? 30)
    }

    /// Whether the kubelet would run a kube-apiserver for this file.
    public static func isAPIServer(_ contents: SecretBytes, file: String) -> Bool {
        // What can't be read is no manifest of anything.
        do { _ = try ManifestTree(contents, file: file) } catch { return false }
        return true
    }
}
