import Basics
import EncryptionModel
import TestSupport
import Testing
import Transition

@testable import ClusterFiles

func parseState(_ text: String) throws -> StateFile {
    try StateFile(reading: SecretBytes(copying: text.utf8), file: "cluster.rkestate")
}

private func stateFault(_ text: String) -> Fault? {
    do {
        _ = try parseState(text)
        return nil
    } catch {
        return Fault(error)
    }
}

/// One of everything that a journal can hold.
func fullJournal() throws -> Journal {
    let old = LocalKey(
        provider: .aescbc, name: "key-old",
        secret: SecretBytes(copying: Array(repeating: 7, count: 32)))
    let new = LocalKey(
        provider: .secretbox, name: "key \"new\"\\é", secret: SecretBytes(copying: Array(0..<32)))
    let kms = KMSPlugin(
        version: .v2, name: "vault", endpoint: "unix:///run/kms.sock", timeout: "3s")
    let start = Timestamp(seconds: 1_795_000_000, nanoseconds: 120)
    let deployments = GroupResource(resource: "deployments", group: "apps")
    let from = ProviderConfig(rules: [
        .init(resources: [.secrets], chain: Chain([.key(old), .identity]))
    ])
    let to = ProviderConfig(rules: [
        .init(resources: [.secrets], chain: Chain([.key(new), .kms(kms), .identity])),
        .init(resources: [ResourcePattern("*.apps")], chain: Chain([.kms(kms)])),
    ])
    return Journal(
        clusterUID: "0f6f4a52-uid",
        operation: Operation(
            id: "op-1", kind: .rotateKey, started: start, from: from, to: to, stage: .write,
            confirmations: [
                Confirmation(
                    stage: .read, node: "n1", configSHA256: "ab12", method: .restart, at: start),
                Confirmation(
                    stage: .write, node: "n2", configSHA256: nil, method: .metric, at: start),
            ],
            watermarks: [
                .secrets: try #require(ResourceVersion("123456789012345678901234567890")),
                deployments: try #require(ResourceVersion("7")),
            ],
            rewrites: [
                RewriteRecord(
                    resource: deployments, objects: 3, rewritten: 1, skipped: 1,
                    failed: [RewriteFailure(object: "a/b", reason: "webhook \"x\" said\nno")],
                    finished: start)
            ],
            evidence: EvidenceRecord(
                source: .etcd,
                evidence: Evidence(
                    counts: [
                        .secrets: [.plaintext: 2, .encrypted(prefix: "k8s:enc:aescbc:v1:k:"): 3],
                        deployments: [:],
                    ], revision: 99), at: start)),
        keys: [
            KeyRecord(
                key: old, created: start, createdBy: "op-0",
                retired: Timestamp(seconds: 1_795_000_001), retiredBy: "op-1"),
            KeyRecord(key: new, created: start, createdBy: "op-1"),
        ],
        history: [
            HistoryEntry(
                operation: "op-0", kind: .enable, started: start, finished: start, summary: "done")
        ],
        snapshots: [
            SnapshotRecord(
                name: "before", taken: start, hash: "ab12", size: 896, revision: 214,
                etcdVersion: "3.4.0", kubernetesVersion: nil, clusterUID: "0f6f4a52-uid",
                nodes: ["n1", "n2"], counts: [.secrets: [.plaintext: 2], deployments: [:]],
                neededKeys: [old.fingerprint.hex], historyKeys: [],
                midst: .init(operation: "op-1", kind: .rotateKey, stage: .write))
        ],
        forgotten: [
            ForgottenKey(
                provider: .aescbc, name: "key-gone", fingerprint: "0123456789ab", retired: start,
                retiredBy: "op-0", forgotten: start)
        ],
        sealed: SealedArchive(
            derivation: .init(salt: [1, 2, 3], n: 1 << 17, r: 8, p: 1), check: [4, 5],
            keys: [
                SealedArchive.Key(
                    provider: .secretbox, name: "key-sealed", fingerprint: "ba9876543210",
                    created: start, createdBy: "op-0", retired: start, retiredBy: "op-1",
                    successor: nil, box: [6, 7, 8])
            ]),
        restore: Restore(
            id: "r1", snapshot: "before", hash: "ab12", started: start, deployed: to, reading: from,
            phase: .swapping))
}

@Suite struct StateFileTests {
    /// Numbers, escapes, order and white space that no encoder would write again like this.
    static let foreign = """
        {"futureMember" : [1.50, 1e+2 , -0, 123456789012345678901234567890],
          "desiredState": {
            "rkeConfig": {"nodes":[{"port":"22"}], "x": "\\u00e4\\/"},
            "encryptionConfig": "old \\"yaml\\"\\n",
            "certificatesBundle": { }
          }
        ,"currentState": {"rkeConfig": null   }}

        """

    @Test("a journal with one of everything, written and read again as it was")
    func journal() throws {
        var state = StateFile()
        state.journal = try fullJournal()
        let bytes = try state.encoded()
        let again = try StateFile(reading: bytes, file: "f")
        #expect(again.journal == state.journal)
        #expect(try again.encoded() == bytes)
    }

    @Test("what isn't ours, kept to the byte when our members change")
    func preserved() throws {
        var state = try parseState(Self.foreign)
        #expect(state.journal == nil)
        #expect(state.desiredProviderConfig?.exposedText() == "old \"yaml\"\n")
        #expect(state.currentProviderConfig == nil)
        #expect(try state.encoded().exposedText() == Self.foreign)
        state.desiredProviderConfig = SecretBytes(copying: "new\tyaml".utf8)
        state.currentProviderConfig = SecretBytes(copying: "c".utf8)
        state.journal = Journal(clusterUID: "u")
        let text = try #require(try state.encoded().exposedText())
        let expected = Self.foreign
            .replacing("\"old \\\"yaml\\\"\\n\"", with: "\"new\\tyaml\"")
            .replacing(
                "\"rkeConfig\": null", with: "\"rkeConfig\": null,\n    \"encryptionConfig\": \"c\""
            )
        let cut = try #require(text.range(of: ",\n  \"orchestrator\": {"))
        #expect(text[..<cut.lowerBound] + "}\n" == expected[...])
        let again = try parseState(text)
        #expect(again.journal?.clusterUID == "u")
        #expect(again.currentProviderConfig?.exposedText() == "c")
    }

    @Test("a journal that didn't change, kept to the byte with members that aren't known yet")
    func foreignJournal() throws {
        let text = "{\"orchestrator\": {\"later\": 1.0, \"version\":1,\"keys\":[],\"history\":[]}}"
        var state = try parseState(text)
        #expect(try state.encoded().exposedText() == text)
        state.journal = nil
        #expect(try state.encoded().exposedText() == "{\"orchestrator\": null}")
        #expect(try parseState("{\"orchestrator\": null}").journal == nil)
    }

    @Test("a config taken away, its member empty as RKE reads it")
    func cleared() throws {
        var state = try parseState(Self.foreign)
        state.desiredProviderConfig = nil
        let text = try #require(try state.encoded().exposedText())
        #expect(text.contains("\"encryptionConfig\": \"\""))
        #expect(try parseState(text).desiredProviderConfig == nil)
    }

    @Test("states that are missing or null, made where they are needed")
    func missingStates() throws {
        for text in ["{}", "{\"desiredState\":null}", "{ \"currentState\": {} }"] {
            var state = try parseState(text)
            state.desiredProviderConfig = SecretBytes(copying: "d".utf8)
            state.currentProviderConfig = SecretBytes(copying: "c".utf8)
            let again = try StateFile(reading: state.encoded(), file: "f")
            #expect(again.desiredProviderConfig?.exposedText() == "d")
            #expect(again.currentProviderConfig?.exposedText() == "c")
        }
    }

    @Test(
        "state files that can't be trusted, each refused with its own reason",
        arguments: [
            ("", .corrupt, "the state file is empty"),
            (" \n\0\0", .corrupt, "the state file holds nothing but blanks or zeros"),
            ("nodes:\n", .badInput, "this is not a state file: it doesn't begin with «{»"),
            ("[]", .badInput, "this is not a state file: it doesn't begin with «{»"),
            ("{\"desiredState\": {", .corrupt, "the state file ends in the middle"),
            ("{\"a\": \"x", .corrupt, "the state file ends in the middle"),
            ("{\"a\": tru", .corrupt, "the state file ends in the middle"),
            (
                "{\"a\": 01}", .corrupt,
                "the state file is damaged: a comma or a closing brace is expected"
            ),
            ("{\"a\": 1}{", .corrupt, "the state file is damaged: something follows the end"),
            ("{\"a\": \"\\x\"}", .corrupt, "the state file is damaged: an unknown escape"),
            (
                "{\"orchestrator\":{},\"orchestrator\":{}}", .corrupt,
                "the state file makes no sense: it has the member orchestrator twice"
            ),
            (
                "{\"desiredState\":{\"encryptionConfig\":1}}", .corrupt,
                "the state file makes no sense: desiredState.encryptionConfig is no string"
            ),
            (
                "{\"currentState\":[]}", .corrupt,
                "the state file makes no sense: currentState is no object"
            ),
            (
                "{\"orchestrator\":{}}", .corrupt,
                "the state file makes no sense: orchestrator has no member version"
            ),
            (
                "{\"orchestrator\":{\"version\":2,\"keys\":7}}", .refused,
                "a newer orchestrator wrote the state file (format 2, this one knows 1)"
            ),
            (
                "{\"orchestrator\":{\"version\":1,\"keys\":7,\"history\":[]}}", .corrupt,
                "the state file makes no sense: orchestrator.keys is of another type"
            ),
        ] as [(String, Fault.Code, String)])
    func refused(text: String, code: Fault.Code, message: String) throws {
        let fault = try #require(stateFault(text))
        #expect(fault.code == code)
        #expect(fault.message == message)
        #expect(fault.hint?.contains("was left as it is") == true)
        #expect(fault.place?.file == "cluster.rkestate")
    }

    @Test("a state file cut anywhere, refused and never taken for a shorter one")
    func truncation() throws {
        var state = try parseState(Self.foreign)
        state.journal = try fullJournal()
        let whole = try #require(try state.encoded().exposedText())
        let trimmed = Array(whole.utf8).count - 2
        for length in stride(from: 0, to: trimmed, by: 7) {
            let cut = SecretBytes(copying: Array(whole.utf8).prefix(length))
            #expect(throws: Fault.self) { try StateFile(reading: cut, file: "f") }
        }
    }

    @Test("a key whose secret was altered, told by its fingerprint and not shown")
    func alteredKey() throws {
        var state = StateFile()
        state.journal = try fullJournal()
        let text = try #require(try state.encoded().exposedText())
        let secret = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
        #expect(text.contains("\"secret\" : \"\(secret)\""))
        let altered = text.replacing(
            "\"secret\" : \"\(secret)\"", with: "\"secret\" : \"C\(secret.dropFirst())\"")
        let fault = try #require(stateFault(altered))
        #expect(fault.message.contains("the key key-old has the fingerprint"))
        #expect(!fault.description.contains(secret.dropFirst()))
    }

    @Test("ten thousand levels, refused")
    func deep() throws {
        let fault = try #require(stateFault("{\"a\":" + String(repeating: "[", count: 10_000)))
        #expect(fault.message == "the state file is damaged: nested too deep")
    }

    @Test("random changes to a state file, a state or a fault and never a crash")
    func fuzz() async throws {
        var state = try parseState(Self.foreign)
        state.journal = try fullJournal()
        let sample = try state.encoded().exposedBytes()
        var random = SeededRandom(seed: 11)
        for _ in 0..<1500 {
            await Task.yield()
            var bytes = sample
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default:
                    bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
                }
            }
            do {
                let read = try StateFile(reading: SecretBytes(copying: bytes), file: "f")
                _ = try read.encoded()
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test("strings with every kind of character, encoded and decoded as they were")
    func strings() throws {
        for text in ["", "\"\\/\n\r\t\u{0}\u{1F}", "ä€𝄞", String(repeating: "x", count: 300)] {
            var state = StateFile()
            state.currentProviderConfig = SecretBytes(copying: text.utf8)
            let again = try StateFile(reading: state.encoded(), file: "f")
            #expect(again.currentProviderConfig?.exposedText() == (text.isEmpty ? nil : text))
        }
        let escaped =
            "{\"currentState\":{\"encryptionConfig\":\"\\ud834\\udd1e\\ud834x\\u00E9\\b\"}}"
        #expect(try parseState(escaped).currentProviderConfig?.exposedText() == "𝄞\u{FFFD}xé\u{8}")
    }
}
