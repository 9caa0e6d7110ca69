import Testing

@testable import StandIn

/// Which provider configurations start a server and which don't, by version.
@Suite struct EncryptionFileTests {
    static let old = KubernetesVersion("1.25") ?? .standard
    static let middle = KubernetesVersion("v1.30.4") ?? .standard

    private static func file(_ resources: String, _ providers: String) -> String {
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"
            + "- resources: [\(resources)]\n  providers: [\(providers)]\n"
    }

    private static func load(_ text: String, _ version: KubernetesVersion) -> String? {
        do {
            _ = try EncryptionRules(
                file: "f.yaml", bytes: Array(text.utf8), version: version, reload: false)
            return nil
        } catch { return "\(error)" }
    }

    private static let key = "{aescbc: {keys: [{name: k, secret: MDEyMzQ1Njc4OWFiY2RlZg==}]}}"

    @Test(
        "refused by every version, with the field's path",
        arguments: [
            (file("secrets", ""), "resources[0].providers: Required value"),
            (file("", "{identity: {}}"), "resources[0].resources: Required value"),
            (file("secrets", "{}"), "provider does not contain any of the expected providers"),
            (file("secrets", "{identity: }"), "provider does not contain any"),
            (file("secrets", "{identity: {}, aescbc: {keys: []}}"), "more than one provider"),
            (file("secrets", "{aescbc: {keys: []}}"), "at least one keys is required"),
            (file("secrets", "{aescbc: {keys: [{name: a}]}}"), "keys[0].secret: Required value"),
            (file("secrets", "{aescbc: {keys: [{secret: AAAA}]}}"), "keys[0].name: Required value"),
            (
                file("secrets", "{aescbc: {keys: [{name: a, secret: '%'}]}}"),
                "must be base64 encoded"
            ),
            (
                file("secrets", "{aescbc: {keys: [{name: a, secret: AAAA}]}}"),
                "got 3, expected one of [16 24 32]"
            ),
            (
                file(
                    "secrets", "{secretbox: {keys: [{name: a, secret: MDEyMzQ1Njc4OWFiY2RlZg==}]}}"),
                "got 16, expected one of [32]"
            ),
            (
                file("secrets", "{kms: {apiVersion: v2, name: a, endpoint: tcp://x}}"),
                "only unix is supported"
            ),
            ("", "is empty"), ("kind: EncryptionConfiguration", "'apiVersion' is missing"),
            ("apiVersion: v1\nkind: EncryptionConfiguration", "no kind"),
            (
                "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration",
                "at least one resources"
            ),
            ("a: [", "yaml: line"), ("\u{1}", "yaml"), ("[1]", "cannot unmarshal"),
        ])
    func refused(text: String, words: String) throws {
        for version in [Self.old, Self.middle, .standard] {
            let problem = try #require(Self.load(text, version), "\(version.text): \(text)")
            #expect(problem.contains(words), "\(version.text)")
        }
    }

    @Test(
        "names of resources, refused since wildcards came and swallowed before",
        arguments: [
            "Secrets", "'*'", "secrets, secrets", "secrets, '*.'", "'*.*', secrets", "secrets.*",
            "'*.events.k8s.io'", "ingresses.extensions", "apiserveripinfo",
        ])
    func names(resources: String) {
        let text = Self.file(resources, Self.key)
        #expect(Self.load(text, Self.old) == nil)
        #expect(Self.load(text, Self.middle) != nil)
        #expect(Self.load(text, .standard) != nil)
    }

    @Test("masked by an earlier entry, refused since wildcards came")
    func masked() {
        let text =
            Self.file("'*.'", Self.key) + "- resources: [secrets]\n  providers: [\(Self.key)]\n"
        #expect(Self.load(text, Self.old) == nil)
        #expect(Self.load(text, .standard)?.contains("is masked by earlier rule \"*.\"") == true)
    }

    @Test("unknown and double fields, refused from 1.31 only")
    func strictness() {
        let unknown = Self.file("secrets", Self.key) + "extra: 1\n"
        let double = "kind: x\n" + Self.file("secrets", Self.key)
        for text in [unknown, double] {
            #expect(Self.load(text, Self.middle) == nil)
            #expect(Self.load(text, .standard)?.contains("strict decoding error") == true)
        }
    }

    @Test("the old kind, a newline in a secret, several documents: accepted")
    func accepted() {
        let old =
            "apiVersion: v1\nkind: EncryptionConfig\nresources:\n- resources: [secrets]\n"
            + "  providers: [\(Self.key)]\n"
        let wrapped = Self.file(
            "secrets", "{aescbc: {keys: [{name: 'a:b', secret: \"MDEyMzQ1Njc4\\nOWFiY2RlZg==\"}]}}")
        for version in [Self.old, .standard] {
            #expect(Self.load(old, version) == nil)
            #expect(Self.load(wrapped, version) == nil)
            #expect(Self.load(old + "---\nnonsense: [\n", version) == nil)
        }
    }

    @Test("which entry counts: the name, then the group's wildcard, then all")
    func lookUp() throws {
        func entry(_ resource: String, _ key: String) -> String {
            "- resources: ['\(resource)']\n  providers:\n  - aescbc: {keys: [{name: \(key), "
                + "secret: MDEyMzQ1Njc4OWFiY2RlZg==}]}\n"
        }
        let text =
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
            + "resources:\n" + entry("secrets", "name") + entry("*.", "core")
            + entry("widgets.lab.example.com", "widget") + entry("*.*", "all")
        let rules = try EncryptionRules(
            file: "f", bytes: Array(text.utf8), version: .standard, reload: false)
        let expected: [(ResourceType, String)] = [
            (.secrets, "name"), (.configMaps, "core"), (.widgets, "widget"), (.leases, "all"),
        ]
        for (type, key) in expected {
            let stored = try rules.transformer(for: type).write([1], etcdKey: [])
            #expect(stored.starts(with: Array("k8s:enc:aescbc:v1:\(key):".utf8)), "\(key)")
        }
        let before = try EncryptionRules(
            file: "f", bytes: Array(text.utf8), version: Self.old, reload: false)
        #expect(try before.transformer(for: .configMaps).write([1], etcdKey: []) == [1])
        #expect(try before.transformer(for: .widgets).write([1], etcdKey: []) == [1])
    }
}
