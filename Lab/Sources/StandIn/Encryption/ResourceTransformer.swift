/// The ordered providers of one resource: the first writes, the prefix chooses who reads.
struct ResourceTransformer: Sendable {
    enum Provider: Sendable {
        case identity
        /// `prefix` is `k8s:enc:<provider>:v1:`; the keys follow in their order.
        case keyed(prefix: [UInt8], noKey: String, keys: [Key])
    }

    struct Key: Sendable {
        /// `<name>:`
        let prefix: [UInt8]
        let transformer: KeyTransformer
    }

    struct Value {
        let plaintext: [UInt8]
        /// Not stored under the first key of the first provider.
        let isStale: Bool
    }

    static let encryptedPrefix = Array("k8s:enc:".utf8)
    /// What a resource has that no configuration names.
    static let plain = ResourceTransformer(providers: [.identity], isConfigured: false)

    let providers: [Provider]
    /// A configuration names it; without one the value goes through identity alone.
    let isConfigured: Bool

    init(providers: [Provider], isConfigured: Bool = true) {
        self.providers = providers
        self.isConfigured = isConfigured
    }

    func write(_ plaintext: [UInt8], etcdKey: [UInt8]) throws(TransformError) -> [UInt8] {
        guard case .keyed(let prefix, _, let keys)? = providers.first, let key = keys.first else {
            return plaintext
        }
        return prefix + key.prefix + (try key.transformer.write(plaintext, etcdKey: etcdKey))
    }

    /// Tries every provider whose prefix matches, since several may share one; an identity that
    /// meets an encrypted value leaves it to those after it.
    func read(_ stored: [UInt8], etcdKey: [UInt8]) throws(TransformError) -> Value {
        guard isConfigured else { return try readPlain(stored) }
        var failures: [String] = []
        for (index, provider) in providers.enumerated() {
            switch provider {
            case .identity:
                if !stored.starts(with: Self.encryptedPrefix) {
                    return Value(plaintext: stored, isStale: index != 0)
                }
            case .keyed(let prefix, let noKey, let keys):
                guard stored.starts(with: prefix) else { continue }
                do throws(TransformError) {
                    let rest = Array(stored.dropFirst(prefix.count))
                    let value = try Self.read(rest, keys: keys, noKey: noKey, etcdKey: etcdKey)
                    return Value(plaintext: value.plaintext, isStale: value.isStale || index != 0)
                } catch {
                    failures.append(error.description)
                }
            }
        }
        throw Self.combined(failures) ?? TransformError("no matching prefix found")
    }

    /// The words are identity's own, which a list of providers would hide.
    private func readPlain(_ stored: [UInt8]) throws(TransformError) -> Value {
        guard !stored.starts(with: Self.encryptedPrefix) else {
            throw TransformError("identity transformer tried to read encrypted data")
        }
        return Value(plaintext: stored, isStale: false)
    }

    private static func read(
        _ stored: [UInt8], keys: [Key], noKey: String, etcdKey: [UInt8]
    ) throws(TransformError) -> Value {
        var failures: [String] = []
        for (index, key) in keys.enumerated() where stored.starts(with: key.prefix) {
            do throws(TransformError) {
                let rest = Array(stored.dropFirst(key.prefix.count))
                let plaintext = try key.transformer.read(rest, etcdKey: etcdKey)
                return Value(plaintext: plaintext, isStale: index != 0)
            } catch {
                failures.append(error.description)
            }
        }
        throw combined(failures) ?? TransformError(noKey)
    }

    /// As Go's aggregate of errors prints: one alone, several different ones in brackets.
    private static func combined(_ failures: [String]) -> TransformError? {
        var different: [String] = []
        for failure in failures where !different.contains(failure) { different.append(failure) }
        switch different.count {
        case 0: return nil
        case 1: return TransformError(different[0])
        default: return TransformError("[" + different.joined(separator: ", ") + "]")
        }
    }
}
