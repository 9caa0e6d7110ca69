import Basics
import EncryptionModel
import Testing

@Suite struct EncryptionModelTests {
    private func key(_ name: String, _ secret: String = "0123456789abcdef") -> LocalKey {
        LocalKey(provider: .aescbc, name: name, secret: SecretBytes(copying: Array(secret.utf8)))
    }

    @Test("a fingerprint, 12 digits of SHA-256 over provider, name and secret")
    func fingerprint() {
        // printf 'aescbc\0key1\0000123456789abcdef' | sha256sum
        #expect(key("key1").fingerprint.hex == "1844276d102f")
        #expect(key("key1").fingerprint != key("key2").fingerprint)
        #expect(key("key1").fingerprint != key("key1", "0123456789abcdeF").fingerprint)
    }

    @Test("a key printed or dumped, its secret doesn't show")
    func keyRedaction() {
        var dumped = ""
        dump(
            ProviderConfig(rules: [.init(resources: [.secrets], chain: Chain([.key(key("a"))]))]),
            to: &dumped)
        #expect(!dumped.contains("0123456789") && !"\(key("a"))".contains("0123456789"))
    }

    @Test("a fresh key, as long as the provider allows", arguments: LocalProvider.allCases)
    func generation(provider: LocalProvider) throws {
        let key = try LocalKey.generate(provider: provider, name: "k")
        #expect(key.secret.count == 32 && provider.keyLengths.contains(32))
    }

    @Test("an entry twice in a chain, counted once at its first place")
    func chainDuplicates() {
        let (a, b) = (ProviderEntry.key(key("a")), ProviderEntry.key(key("b")))
        #expect(Chain([a, .identity, a]).entries == [a, .identity])
        #expect(Chain([a, .identity]).followed(by: Chain([b, a])).entries == [a, .identity, b])
        #expect(Chain([]).writer == .identity)
    }

    @Test("kube-apiserver's look-up, exact name before group before everything")
    func lookUp() {
        func chain(_ name: String) -> Chain { Chain([.key(key(name))]) }
        let config = ProviderConfig(rules: [
            .init(resources: [ResourcePattern("secrets")], chain: chain("exact")),
            .init(resources: [ResourcePattern("*.apps")], chain: chain("apps")),
            .init(resources: [ResourcePattern("*.")], chain: chain("core")),
        ])
        let all = ProviderConfig(
            rules: config.rules + [.init(resources: [ResourcePattern("*.*")], chain: chain("all"))])
        for (resource, name) in [
            (GroupResource.secrets, "exact"), (GroupResource(resource: "pods"), "core"),
            (GroupResource(resource: "deployments", group: "apps"), "apps"),
            (GroupResource(resource: "jobs", group: "batch"), "all"),
            (GroupResource(resource: "secrets", group: "batch"), "all"),
        ] {
            #expect(all.chain(for: resource) == chain(name))
        }
        #expect(config.chain(for: GroupResource(resource: "jobs", group: "batch")) == .identity)
    }

    @Test("resourceVersions, compared as numbers of any length")
    func versions() throws {
        let ordered = try ["0", "9", "10", "99", "18446744073709551615", "18446744073709551616"]
            .map { try #require(ResourceVersion($0)) }
        for (smaller, larger) in zip(ordered, ordered.dropFirst()) { #expect(smaller < larger) }
        #expect(ResourceVersion("007") == ResourceVersion("7"))
        for text in ["", "-1", "1a", " 1", "٣", String(repeating: "1", count: 65)] {
            #expect(ResourceVersion(text) == nil)
        }
    }

    @Test("stored forms, the prefixes kube-apiserver writes")
    func storedForms() {
        #expect(ProviderEntry.identity.storedForm == .plaintext)
        #expect(ProviderEntry.key(key("k")).storedForm.description == "k8s:enc:aescbc:v1:k:")
        let kms = KMSPlugin(version: .v2, name: "vault", endpoint: "unix:///kms.sock")
        #expect(ProviderEntry.kms(kms).storedForm.description == "k8s:enc:kms:v2:vault:")
    }

    @Test("evidence, counted per resource and form")
    func evidence() {
        let evidence = Evidence(counts: [.secrets: [.plaintext: 2, .encrypted(prefix: "p"): 3]])
        #expect(evidence.total(of: .secrets) == 5)
        #expect(evidence.others(than: .plaintext, of: .secrets) == 3)
        #expect(evidence.total(of: GroupResource(resource: "configmaps")) == 0)
    }
}
