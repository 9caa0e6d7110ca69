public import Basics
internal import YAML

/// The kubelet's own config file (`kubelet.config.k8s.io/v1beta1`), as far as it matters here.
public enum KubeletConfig {
    /// The folder of whose files it runs every one as a pod.
    ///
    /// - Returns: nil where it runs none.
    /// - Throws: `Fault` with a place where it can't be read.
    public static func staticPodPath(in contents: SecretBytes, file: String) throws -> String? {
        let root = try YAMLReader.read(
            contents, file: file,
            options: YAMLOptions(documents: .first, duplicateKeys: .lastWins))
        guard let path = root["staticPodPath"]?.scalar?.text, path.hasPrefix("/") else {
            return nil
        }
        return path
    }
}
