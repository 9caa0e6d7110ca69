public import Basics
public import EncryptionModel
internal import YAML

/// Reads the file that kube-apiserver reads (`--encryption-provider-config`).
public enum ProviderConfigReader {
    /// Where a provider config comes from, and with it how much may be wrong with it.
    public enum Origin: Sendable {
        /// This program wrote it: as strict as the newest kube-apiserver.
        case file
        /// RKE wrote it, into a state file or onto a node. RKE puts apiVersion and kind before a
        /// custom config that may have them already (rancher/rke
        /// `templates/encryption_provider.go`), so keys may stand twice; the last one counts, as
        /// it does for the servers that accept such a file (up to 1.30).
        case rke
    }

    private static let limits = YAMLLimits(
        bytes: 1 << 20, depth: 16, nodes: 50_000, aliasedNodes: 5_000)

    /// - Parameters:
    ///   - source: YAML or JSON. Of several documents only the first counts, as it does for
    ///     kube-apiserver.
    ///   - file: what messages call it.
    /// - Throws: `Fault` with code `.badInput` that tells every error found, with line and column
    ///   and without key bytes.
    public static func read(
        _ source: SecretBytes, file: String, origin: Origin = .file
    ) throws -> ProviderConfig {
        let root = try YAMLReader.read(
            source, file: file,
            options: YAMLOptions(
                limits: limits, documents: .first,
                duplicateKeys: origin == .rke ? .lastWins : .refuse))
        let problems = DiagnosticCollector()
        var reader = ProviderConfigNodeReader(
            file: file, problems: problems, header: .required, names: .asTheyAre)
        let written = reader.read(root)
        try problems.throwIfAny(in: file)
        return written.config
    }

    /// Reads `custom_config_file`; what is wrong goes to the collector. Blocking.
    static func readFile(
        _ file: String, namedAt place: Fault.Place, problems: DiagnosticCollector
    ) -> WrittenConfig? {
        do {
            guard let source = try LocalFile.read(file, limit: limits.bytes) else {
                problems.add("there is no file \(file)", at: place)
                return nil
            }
            let root = try YAMLReader.read(
                source, file: file, options: YAMLOptions(limits: limits, documents: .first))
            var reader = ProviderConfigNodeReader(
                file: file, problems: problems, header: .required, names: .checked)
            return reader.read(root)
        } catch {
            let fault = Fault(error)
            problems.add(fault.message, hint: fault.hint, at: fault.place ?? place)
            return nil
        }
    }
}
