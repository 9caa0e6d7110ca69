internal import Foundation
internal import LabKit

/// One way in which a cluster can be encrypted, as the user writes it and as etcd shows it.
package struct ClusterForm: Sendable, Hashable {
    /// As results name it.
    package let name: String
    /// The value of `secrets_encryption_config`, on one line.
    let block: String
    /// What is written for `custom_config_file`, if that is used.
    let file: String?
    /// How values of a resource begin: `k8s:enc:aesgcm:v1:gcm-two:`, or of a managed key the part
    /// before its name; nil: plaintext.
    private let prefixes: @Sendable (_ resource: String) -> String?

    private init(
        _ name: String, _ block: String, file: String? = nil,
        prefixes: @escaping @Sendable (String) -> String?
    ) {
        (self.name, self.block, self.file, self.prefixes) = (name, block, file, prefixes)
    }

    package static func == (left: ClusterForm, right: ClusterForm) -> Bool {
        left.name == right.name
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Whether a value stored under `prefix` is as it should be.
    func permits(_ prefix: String, of resource: String) -> Bool {
        prefixes(resource).map(prefix.hasPrefix) ?? (prefix == StoredCount.plaintext)
    }
}

extension ClusterForm {
    package static let all = [
        ClusterForm("none", "{enabled: false}") { _ in nil },
        ClusterForm("managed aescbc", "{enabled: true}") {
            $0 == "secrets" ? "k8s:enc:aescbc:v1:key-" : nil
        },
        ClusterForm("managed secretbox", "{enabled: true, provider: secretbox}") {
            $0 == "secrets" ? "k8s:enc:secretbox:v1:key-" : nil
        },
        ClusterForm(
            "custom aesgcm, two keys",
            "{enabled: true, custom_config: {resources: [{resources: [secrets], providers: ["
                + "{aesgcm: {keys: [\(key("gcm-two", 2)), \(key("gcm-one", 1))]}},"
                + " {identity: {}}]}]}}"
        ) { $0 == "secrets" ? "k8s:enc:aesgcm:v1:gcm-two:" : nil },
        ClusterForm(
            "custom, two resources", "{enabled: true, custom_config_file: custom.yml}",
            file: """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                - resources: [secrets]
                  providers:
                  - secretbox: {keys: [\(key("box", 3))]}
                  - identity: {}
                - resources: [configmaps, widgets.lab.example.com]
                  providers:
                  - aescbc: {keys: [\(key("cbc", 4))]}
                  - identity: {}

                """
        ) { resource in
            switch resource {
            case "secrets": "k8s:enc:secretbox:v1:box:"
            case "configmaps", "widgets.lab.example.com": "k8s:enc:aescbc:v1:cbc:"
            default: nil
            }
        },
        ClusterForm(
            "custom *.*",
            "{enabled: true, custom_config: {resources: [{resources: ['*.*'], providers: ["
                + "{secretbox: {keys: [\(key("all", 5))]}}, {identity: {}}]}]}}"
        ) { _ in "k8s:enc:secretbox:v1:all:" },
    ]

    /// One more, for which a plugin has to run on every node.
    ///
    /// - Parameter endpoint: of a KMS v2 plugin, as kube-apiserver's container sees it.
    package static func kms(endpoint: String) -> ClusterForm {
        ClusterForm(
            "custom kms v2",
            "{enabled: true, custom_config: {resources: [{resources: [secrets], providers: ["
                + "{kms: {apiVersion: v2, name: plugin, endpoint: '\(endpoint)', timeout: 5s}},"
                + " {identity: {}}]}]}}"
        ) { $0 == "secrets" ? "k8s:enc:kms:v2:plugin:" : nil }
    }

    /// The keys are worth nothing: bytes that count up.
    private static func key(_ name: String, _ number: UInt8) -> String {
        let secret = Data((0..<32).map { number &* 32 &+ $0 }).base64EncodedString()
        return "{name: \(name), secret: \"\(secret)\"}"
    }
}

extension Lab {
    /// Writes what is wanted into cluster.yml, as an administrator would.
    func want(_ form: ClusterForm) throws {
        let path = URL(fileURLWithPath: clusterFile)
        if let file = form.file {
            let custom = path.deletingLastPathComponent().appending(path: "custom.yml")
            try Data(file.utf8).write(to: custom)
        }
        var lines = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n")
        guard let start = lines.firstIndex(where: { $0.contains("secrets_encryption_config:") })
        else { throw LabError("the lab's cluster.yml has no secrets_encryption_config") }
        let indent = lines[start].prefix { $0 == " " }
        let end =
            lines[(start + 1)...].firstIndex { !$0.hasPrefix(indent + " ") } ?? lines.endIndex
        lines.replaceSubrange(
            start..<end, with: ["\(indent)secrets_encryption_config: \(form.block)"])
        try Data(lines.joined(separator: "\n").utf8).write(to: path)
    }
}

/// A lab that isn't as the trials expect it.
struct LabError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
