import Testing

@testable import StandIn

@Suite struct EncryptionTests {
    static let key = [UInt8](0..<32)
    static let etcdKey = Array("/registry/secrets/a/b".utf8)

    static func transformers(_ size: Int) -> [KeyTransformer] {
        let key = Array(key.prefix(size))
        let aes: [KeyTransformer] = [.aescbc(key: key), .aesgcm(key: key)]
        return size == 32 ? aes + [.secretbox(key: key)] : aes
    }

    @Test("written and read, the same bytes", arguments: [16, 24, 32], [0, 1, 15, 16, 17, 4096])
    func roundTrip(keySize: Int, count: Int) throws {
        let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        for transformer in Self.transformers(keySize) {
            let stored = try transformer.write(plaintext, etcdKey: Self.etcdKey)
            #expect(try transformer.read(stored, etcdKey: Self.etcdKey) == plaintext)
            #expect(try transformer.write(plaintext, etcdKey: Self.etcdKey) != stored)
        }
    }

    @Test("one bit changed, refused by what authenticates")
    func tampered() throws {
        for transformer in Self.transformers(32) {
            if case .aescbc = transformer { continue }
            let stored = try transformer.write([1, 2, 3], etcdKey: Self.etcdKey)
            for index in stored.indices {
                var altered = stored
                altered[index] ^= 1
                #expect(throws: TransformError.self) {
                    try transformer.read(altered, etcdKey: Self.etcdKey)
                }
            }
        }
    }

    @Test("an AES-GCM value under another key of etcd, refused")
    func moved() throws {
        let transformer = KeyTransformer.aesgcm(key: Self.key)
        let stored = try transformer.write([1], etcdKey: Self.etcdKey)
        #expect(throws: TransformError.self) {
            try transformer.read(stored, etcdKey: Array("/registry/secrets/a/c".utf8))
        }
    }

    @Test("random bytes, an error and no trap")
    func garbage() {
        var random = SystemRandomNumberGenerator()
        for transformer in Self.transformers(32) {
            for count in 0..<80 {
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                _ = try? transformer.read(bytes, etcdKey: Self.etcdKey)
            }
        }
    }

    private static func rules(
        _ providers: [String], version: KubernetesVersion = .standard
    ) throws -> ResourceTransformer {
        let text = """
            apiVersion: apiserver.config.k8s.io/v1
            kind: EncryptionConfiguration
            resources:
            - resources: [secrets]
              providers: [\(providers.joined(separator: ", "))]
            """
        let rules = try EncryptionRules(
            file: "f", bytes: Array(text.utf8), version: version, reload: false)
        return rules.transformer(for: .secrets)
    }

    private static func keys(_ provider: String, _ names: String...) -> String {
        let list = names.map { name in
            let key = [UInt8](repeating: UInt8(name.utf8.first ?? 0), count: 32)
            return "{name: \(name), secret: \"\(Base64.encode(key))\"}"
        }
        return "{\(provider): {keys: [\(list.joined(separator: ", "))]}}"
    }

    static let identity = "{identity: {}}"

    @Test("what is stale: whatever isn't under the first key of the first provider")
    func staleness() throws {
        let old = try Self.rules([Self.keys("aescbc", "a"), Self.identity])
        let stored = try old.write([1], etcdKey: Self.etcdKey)
        #expect(stored.starts(with: Array("k8s:enc:aescbc:v1:a:".utf8)))
        let chains: [([String], Bool)] = [
            ([Self.keys("aescbc", "a"), Self.identity], false),
            ([Self.keys("aescbc", "a", "b")], false), ([Self.keys("aescbc", "b", "a")], true),
            ([Self.keys("aescbc", "b"), Self.keys("aescbc", "a")], true),
            ([Self.keys("secretbox", "b"), Self.keys("aescbc", "a")], true),
            ([Self.identity, Self.keys("aescbc", "a")], true),
        ]
        for (providers, isStale) in chains {
            let value = try Self.rules(providers).read(stored, etcdKey: Self.etcdKey)
            #expect(value.plaintext == [1])
            #expect(value.isStale == isStale, "\(providers)")
        }
        let plain = try Self.rules([Self.keys("aescbc", "a"), Self.identity])
        #expect(try plain.read([1, 2], etcdKey: Self.etcdKey).isStale)
    }

    @Test("no provider reads it, the real words")
    func unreadable() throws {
        let stored = Array("k8s:enc:aescbc:v1:none:".utf8) + [UInt8](repeating: 0, count: 64)
        func words(_ transformer: ResourceTransformer) -> String {
            do {
                _ = try transformer.read(stored, etcdKey: Self.etcdKey)
                return "read"
            } catch { return "\(error)" }
        }
        #expect(words(.plain) == "identity transformer tried to read encrypted data")
        #expect(try words(Self.rules([Self.identity])) == "no matching prefix found")
        #expect(
            try words(Self.rules([Self.keys("aescbc", "a")]))
                == "no matching key was found for the provided AES transformer")
    }
}
