import Foundation

/// Provider configurations for tests. The keys are worth nothing: bytes that count up.
enum Configs {
    static func secret(_ first: UInt8, _ count: UInt8 = 32) -> String {
        Data((0..<count).map { first &+ $0 }).base64EncodedString()
    }

    static func config(_ providers: String...) -> String {
        """
        apiVersion: apiserver.config.k8s.io/v1
        kind: EncryptionConfiguration
        resources:
        - resources: [secrets, configmaps, widgets.lab.example.com]
          providers:

        """ + providers.map { "  - \($0)\n" }.joined()
    }

    static func keys(_ provider: String, _ names: String...) -> String {
        let list = names.map { name in
            let first = UInt8(truncatingIfNeeded: name.utf8.reduce(0) { $0 &+ Int($1) })
            return "{name: \(name), secret: \"\(secret(first))\"}"
        }
        return "\(provider): {keys: [\(list.joined(separator: ", "))]}"
    }

    static let identity = "identity: {}"
    static let first = config(keys("aescbc", "one"), identity)
    static let second = config(keys("secretbox", "two"), keys("aescbc", "one"), identity)
    static let withoutKeys = config(identity)
}
