import Basics
import Crypto
import EncryptionModel
import TestSupport
import Testing

@testable import ClusterFiles

private func read(
    _ text: String, origin: ProviderConfigReader.Origin = .file
) throws -> ProviderConfig {
    try ProviderConfigReader.read(
        SecretBytes(copying: text.utf8), file: "enc.yaml", origin: origin)
}

private let header = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
private let secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

private func providers(_ list: String) -> String {
    header + "resources: [{resources: [secrets], providers: \(list)}]\n"
}

@Suite struct ProviderConfigTests {
    @Test("keys of one provider in a row, one element with all of them")
    func written() throws {
        let bytes = SecretBytes(copying: "0123456789abcdef0123456789abcdef".utf8)
        let k2 = LocalKey(provider: .aescbc, name: "k2", secret: bytes)
        let k1 = LocalKey(provider: .aescbc, name: "k:\"1\"", secret: bytes)
        let box = LocalKey(provider: .secretbox, name: "é", secret: bytes)
        let config = ProviderConfig(rules: [
            .init(
                resources: [.secrets, ResourcePattern("*.apps")],
                chain: Chain([
                    .key(k2), .key(k1), .key(box), .identity,
                    .key(
                        LocalKey(provider: .secretbox, name: "b", secret: bytes)),
                ])),
            .init(
                resources: [ResourcePattern("configmaps")],
                chain: Chain([
                    .kms(KMSPlugin(version: .v1, name: "a", endpoint: "unix:///a", cacheSize: 10)),
                    .kms(KMSPlugin(version: .v2, name: "b", endpoint: "unix:///b", timeout: "3s")),
                ])),
        ])
        let expected = """
            apiVersion: apiserver.config.k8s.io/v1
            kind: EncryptionConfiguration
            resources:
              - resources:
                  - "secrets"
                  - "*.apps"
                providers:
                  - aescbc:
                      keys:
                        - name: "k2"
                          secret: "\(secret)"
                        - name: "k:\\"1\\""
                          secret: "\(secret)"
                  - secretbox:
                      keys:
                        - name: "\\u00e9"
                          secret: "\(secret)"
                  - identity: {}
                  - secretbox:
                      keys:
                        - name: "b"
                          secret: "\(secret)"
              - resources:
                  - "configmaps"
                providers:
                  - kms:
                      name: "a"
                      endpoint: "unix:///a"
                      cachesize: 10
                  - kms:
                      apiVersion: v2
                      name: "b"
                      endpoint: "unix:///b"
                      timeout: "3s"

            """
        let written = try ProviderConfigWriter.write(config)
        #expect(written.exposedText() == expected)
        #expect(try ProviderConfigReader.read(written, file: "f") == config)
    }

    @Test("for a server of before 1.13, the kind of file that it knows, read again the same")
    func oldKind() throws {
        let config = ProviderConfig(rules: [
            .init(resources: [.secrets], chain: Chain([.identity]))
        ])
        let old = try ProviderConfigWriter.write(config, for: KubernetesRelease(1, 12))
        #expect(old.exposedText()?.hasPrefix("apiVersion: v1\nkind: EncryptionConfig\n") == true)
        #expect(try ProviderConfigReader.read(old, file: "f") == config)
        let recent = try ProviderConfigWriter.write(config, for: KubernetesRelease(1, 13))
        #expect(try recent == ProviderConfigWriter.write(config))
    }

    @Test("random configs, the same after writing and reading and the same bytes again")
    func roundTrip() throws {
        var random = SeededRandom(seed: 3)
        for _ in 0..<500 {
            let config = randomConfig(&random)
            let written = try ProviderConfigWriter.write(config)
            let again = try ProviderConfigReader.read(written, file: "f")
            #expect(again == config)
            #expect(try ProviderConfigWriter.write(again) == written)
        }
    }

    @Test("a config that no server would start with, not written")
    func incomplete() {
        for config in [
            ProviderConfig(rules: []),
            ProviderConfig(rules: [.init(resources: [], chain: .identity)]),
            ProviderConfig(rules: [.init(resources: [.secrets], chain: Chain([]))]),
        ] {
            #expect(throws: Fault.self) { try ProviderConfigWriter.write(config) }
        }
    }

    @Test("what kube-apiserver accepts besides our own form, read")
    func accepted() throws {
        let old =
            "apiVersion: v1\nkind: EncryptionConfig\nresources:\n- resources: [secrets]\n"
            + "  providers: [{identity: {}}]\n"
        #expect(try read(old).rules[0].chain == .identity)
        let json =
            "{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":"
            + "\"apiserver.config.k8s.io/v1\",\"resources\":[{\"resources\":[\"secrets\"],"
            + "\"providers\":[{\"aesgcm\":{\"keys\":[{\"name\":\"k\",\"secret\":\"\(secret)\"}]}}]}]}"
        #expect(try read(json).keys.first?.provider == .aesgcm)
        let folded = providers("[]").replacing(
            "providers: []",
            with:
                "providers: [{aescbc: {keys: [{name: 'a:b', secret: \"MDEyMzQ1Njc4OWFi\\nY2RlZg==\"}]}}]"
        )
        #expect(try read(folded).keys.first?.secret.count == 16)
        #expect(try read(providers("[{identity: {}}]") + "---\n}rubbish").rules.count == 1)
    }

    @Test("a custom config as RKE writes it, apiVersion and kind twice, read back for adoption")
    func rkeDuplicates() throws {
        let text = header + providers("[{identity: {}}]")
        #expect(throws: Fault.self) { try read(text) }
        #expect(try read(text, origin: .rke).rules[0].chain == .identity)
    }

    @Test(
        "bad provider configs, refused at the place and without the key",
        arguments: [
            ("", "1:1", "the provider config is empty"),
            ("[]", "1:1", "the provider config must be a mapping, not a list"),
            (
                "kind: EncryptionConfiguration\nresources: [{resources: [s], providers: [{identity: {}}]}]",
                "1:1", "this isn't an EncryptionConfiguration of a known version"
            ),
            (
                "apiVersion: v1\nkind: EncryptionConfiguration\nresources: [{resources: [s], providers: [{identity: {}}]}]",
                "1:13", "this isn't an EncryptionConfiguration of a known version"
            ),
            (header, "1:1", "the provider config has no resources"),
            (header + "resources: []", "3:12", "the provider config has no resources"),
            (
                header + "resources: {}", "3:12",
                "resources must be a list of entries with resources and providers, not a mapping"
            ),
            (
                header
                    + "ressources: 1\nresources: [{resources: [s], providers: [{identity: {}}]}]",
                "3:1", "unknown field \"ressources\""
            ),
            (
                header + "resources: [{providers: [{identity: {}}]}]", "3:13",
                "the entry names no resources"
            ),
            (header + "resources: [{resources: [secrets]}]", "3:13", "the entry has no providers"),
            (
                header + "resources: [{resources: [yes], providers: [{identity: {}}]}]", "3:26",
                "a resource must be a string, not a boolean"
            ),
            (providers("[]"), "3:47", "the entry has no providers"),
            (providers("[identity]"), "3:48", "a provider must be a mapping, not a string"),
            (providers("[{}]"), "3:48", "an element of providers names none"),
            (providers("[{identity: }]"), "3:49", "identity must be a mapping, not nothing"),
            (
                providers("[{identity: {}, aescbc: {keys: [{name: a, secret: \(secret)}]}}]"),
                "3:48",
                "one element of providers has 2 of them"
            ),
            (providers("[{aesccb: {}}]"), "3:49", "unknown field \"aesccb\""),
            (providers("[{aescbc: {}}]"), "3:57", "aescbc has no keys"),
            (providers("[{aescbc: {keys: []}}]"), "3:64", "aescbc has no keys"),
            (providers("[{aescbc: {keys: [{secret: \(secret)}]}}]"), "3:65", "a key has no name"),
            (providers("[{aescbc: {keys: [{name: k}]}}]"), "3:65", "a key has no secret"),
            (
                providers("[{aescbc: {keys: [{name: 7, secret: \(secret)}]}}]"), "3:72",
                "a key's name must be a string, not a whole number"
            ),
            (
                providers("[{aescbc: {keys: [{name: k, secret: 12345678}]}}]"), "3:83",
                "a key's secret must be a string, not a whole number"
            ),
            (
                providers("[{aescbc: {keys: [{name: k, secret: 'hunter2 !'}]}}]"), "3:83",
                "a key's secret is not standard base64"
            ),
            (
                providers("[{aescbc: {keys: [{name: k, secret: c2hvcnQK}]}}]"), "3:83",
                "a key of aescbc has 6 bytes; it must have 16, 24, 32"
            ),
            (
                providers("[{secretbox: {keys: [{name: k, secret: c2VjcmV0IGlzIHNlY3VyZQ==}]}}]"),
                "3:86",
                "a key of secretbox has 16 bytes; it must have 32"
            ),
            (providers("[{kms: {endpoint: 'unix:///s'}}]"), "3:54", "the kms has no name"),
            (providers("[{kms: {name: k}}]"), "3:54", "the kms has no endpoint"),
            (
                providers("[{kms: {name: k, endpoint: 'tcp://x'}}]"), "3:74",
                "the endpoint of a kms must be a Unix socket"
            ),
            (
                providers("[{kms: {name: k, endpoint: 'unix:///s', apiVersion: v3}}]"), "3:99",
                "the apiVersion of a kms must be v1 or v2"
            ),
            (
                providers("[{kms: {name: k, endpoint: 'unix:///s', cachesize: 0}}]"), "3:98",
                "cachesize can't be 0"
            ),
            (
                providers("[{kms: {name: k, endpoint: 'unix:///s', cachesize: '5'}}]"), "3:98",
                "cachesize must be a whole number without quotes"
            ),
            (
                providers("[{kms: {name: 12, endpoint: 'unix:///s'}}]"), "3:61",
                "name must be a string, not a whole number"
            ),
            (
                providers("[{kms: {name: k, endpoint: 'unix:///s', timeout: 0s}}]"), "3:96",
                "timeout must be a positive duration"
            ),
            (
                providers("[{kms: {name: 'a:b', endpoint: 'unix:///s', apiVersion: v2}}]"), "3:61",
                "the name of a kms v2 can't hold a colon"
            ),
        ])
    func refused(text: String, place: String, message: String) throws {
        do {
            _ = try read(text)
            Issue.record("it was read")
        } catch {
            let fault = Fault(error)
            #expect(fault.message == message)
            #expect(fault.place?.description == "enc.yaml:\(place)")
            #expect(fault.code == .badInput)
            #expect(!"\(fault)".contains(secret) && !"\(fault)".contains("hunter2"))
        }
    }
}

private func randomConfig(_ random: inout SeededRandom) -> ProviderConfig {
    let names = [
        "k", "key-1", "yes", "12", "a:b", " x", "ä\u{1F511}", "\"\\", "#no", "\u{7F}\t", "null",
    ]
    func entry(_ random: inout SeededRandom) -> ProviderEntry {
        let name = names[Int.random(in: 0..<names.count, using: &random)]
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return .identity
        case 1:
            return .kms(
                KMSPlugin(
                    version: .v1, name: name, endpoint: "unix:///run/\(name)",
                    cacheSize: Bool.random(using: &random) ? -5 : nil, timeout: "1m3s"))
        case 2: return .kms(KMSPlugin(version: .v2, name: "plug-in", endpoint: "unix:///x"))
        default:
            let provider = LocalProvider.allCases[Int.random(in: 0..<3, using: &random)]
            let lengths = provider.keyLengths
            let length = lengths[Int.random(in: 0..<lengths.count, using: &random)]
            let secret = SecretBytes(
                copying: (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
            return .key(LocalKey(provider: provider, name: name, secret: secret))
        }
    }
    return ProviderConfig(
        rules: (0..<Int.random(in: 1...3, using: &random)).map { _ in
            ProviderConfig.Rule(
                resources: [
                    ResourcePattern(names[Int.random(in: 0..<names.count, using: &random)])
                ],
                chain: Chain(
                    (0..<Int.random(in: 1...6, using: &random)).map { _ in entry(&random) }))
        })
}
