internal import Basics
internal import Crypto

/// The two provider configs of a benchmark: both of two keys, each with another one first, so that
/// every change from one to the other makes all that is stored stale.
struct ProviderConfigs {
    private let keys: [(name: String, secret: String)]

    /// With fresh keys.
    init() throws {
        keys = try ["a", "b"].map { name in
            let secret = Base64.encode(try SecretBytes.random(count: 32)).exposedText()
            guard let secret else { throw Fault(.failed, "a key can't be made") }
            return (name, secret)
        }
    }

    /// - Parameter number: of the change; even and odd ones have another key first.
    func text(_ number: Int) -> String {
        let ordered = number.isMultiple(of: 2) ? keys : keys.reversed()
        return """
            apiVersion: apiserver.config.k8s.io/v1
            kind: EncryptionConfiguration
            resources:
            - resources:
              - secrets
              providers:
              - aescbc:
                  keys:
            \(ordered.map { "      - name: \($0.name)\n        secret: \($0.secret)" }
                .joined(separator: "\n"))
              - identity: {}

            """
    }
}
