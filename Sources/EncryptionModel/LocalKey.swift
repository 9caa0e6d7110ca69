public import Basics
internal import Crypto

/// A provider that keeps its key in the provider config itself.
public enum LocalProvider: String, Sendable, Hashable, CaseIterable {
    case aescbc, aesgcm, secretbox

    /// The lengths of a key in bytes that kube-apiserver accepts
    /// (`pkg/apis/apiserver/validation/validation_encryption.go`).
    public var keyLengths: [Int] {
        switch self {
        case .aescbc, .aesgcm: [16, 24, 32]
        case .secretbox: [32]
        }
    }
}

/// The only form in which a key is ever shown: the first 12 hexadecimal digits of SHA-256 over
/// provider, name and secret, separated by zero bytes.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    public let hex: String

    init(provider: LocalProvider, name: String, secret: SecretBytes) {
        let hash = SHA256()
        for word in [provider.rawValue, name] {
            (Array(word.utf8) + [0]).withUnsafeBytes { hash.update($0) }
        }
        secret.withUnsafeBytes { hash.update($0) }
        hex = String(hash.finish().hex.prefix(12))
    }

    public var description: String { hex }
}

/// One named secret of a local provider.
public struct LocalKey: Sendable {
    public let provider: LocalProvider
    public let name: String
    /// The key itself, decoded from base64.
    public let secret: SecretBytes
    public let fingerprint: Fingerprint

    public init(provider: LocalProvider, name: String, secret: SecretBytes) {
        self.provider = provider
        self.name = name
        self.secret = secret
        fingerprint = Fingerprint(provider: provider, name: name, secret: secret)
    }

    /// A fresh key of the provider's greatest length.
    public static func generate(provider: LocalProvider, name: String) throws -> LocalKey {
        LocalKey(
            provider: provider, name: name,
            secret: try .random(count: provider.keyLengths.max() ?? 32))
    }
}

extension LocalKey: Hashable {
    public static func == (left: LocalKey, right: LocalKey) -> Bool {
        // The fingerprint covers all that makes a key; the rest is for the chance of a collision.
        left.fingerprint == right.fingerprint && left.provider == right.provider
            && left.name == right.name && left.secret == right.secret
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

extension LocalKey: CustomStringConvertible {
    public var description: String { "\(provider.rawValue) \(name) (\(fingerprint))" }
}
