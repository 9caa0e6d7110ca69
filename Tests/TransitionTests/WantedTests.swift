import EncryptionModel
import Testing

@testable import Transition

/// Where a cluster is taken, by what it has and what cluster.yml says.
@Suite struct WantedTests {
    private static let (k1, k2) = (Sample.key("k1"), Sample.key("k2"))
    private static let box = Sample.key("box", .secretbox)
    private static let configmaps = ResourcePattern("configmaps")

    private static func managed(
        _ provider: LocalProvider = .aescbc, _ resources: [ResourcePattern] = [.secrets],
        reads: Bool = true
    ) -> Wanted {
        .managed(
            ManagedEncryption(
                provider: provider, resources: resources, allowsUnencryptedReads: reads))
    }

    private static func config(
        _ entries: ProviderEntry..., for resources: [ResourcePattern] = [.secrets]
    ) -> ProviderConfig { Sample.config(Chain(entries), for: resources) }

    @Test("managed encryption and what is deployed, the same key where it can go on")
    func managed() {
        let deployed = Self.config(.key(Self.k1), .identity)
        #expect(Self.managed().target(from: deployed, keys: []) == nil)
        #expect(
            Self.managed(.aescbc, [.secrets, Self.configmaps]).target(from: deployed, keys: [])
                == .exactly(
                    Self.config(
                        .key(Self.k1), .identity, for: [.secrets, Self.configmaps])))
        #expect(
            Self.managed(reads: false).target(from: deployed, keys: [])
                == .exactly(Self.config(.key(Self.k1))))
        #expect(
            Self.managed(reads: false).target(from: Self.config(.key(Self.k1)), keys: []) == nil)
        // Half-way through a rotation whose journal is lost.
        #expect(
            Self.managed().target(
                from: Self.config(.key(Self.k2), .identity, .key(Self.k1)), keys: [])
                == .exactly(Self.config(.key(Self.k2), .identity)))
    }

    @Test("managed encryption where it can't go on with a key, a new one")
    func managedAnew() throws {
        let others: [ProviderConfig?] = [
            nil, Self.config(.key(Self.box), .identity), Self.config(.identity),
            Self.config(
                .kms(KMSPlugin(version: .v2, name: "vault", endpoint: "unix:///v.sock")),
                .key(Self.k1), .identity),
            ProviderConfig(rules: [
                .init(resources: [.secrets], chain: Chain([.key(Self.k1), .identity])),
                .init(resources: [Self.configmaps], chain: Chain([.key(Self.k2), .identity])),
            ]),
        ]
        for other in others {
            guard case .draft(let draft) = Self.managed().target(from: other, keys: []) else {
                Issue.record("no new key from \(String(describing: other))")
                continue
            }
            #expect(draft.providers == [.aescbc])
            #expect(draft.filled(with: [Self.k2]) == Self.config(.key(Self.k2), .identity))
        }
    }

    @Test("a key from the user's own config, not gone on with")
    func managedAfterCustom() {
        let deployed = Self.config(.key(Self.k1), .identity)
        let record = KeyRecord(
            key: Self.k1, created: Sample.time, createdBy: KeyRecord.custom)
        guard case .draft = Self.managed().target(from: deployed, keys: [record]) else {
            Issue.record("the user's key stays")
            return
        }
        #expect(Wanted.custom(deployed).target(from: deployed, keys: [record]) == nil)
    }

    @Test("a custom config that means the same in another grouping, nothing to do")
    func customSameMeaning() {
        let chain = Chain([.key(Self.k1), .identity])
        let apart = ProviderConfig(rules: [
            .init(resources: [.secrets], chain: chain),
            .init(resources: [Self.configmaps], chain: chain),
        ])
        let together = Sample.config(chain, for: [Self.configmaps, .secrets])
        #expect(Wanted.custom(together).target(from: apart, keys: []) == nil)
        #expect(
            Wanted.custom(Self.config(.identity)).target(from: nil, keys: []) == nil)
        #expect(
            Wanted.custom(together).target(from: nil, keys: []) == .exactly(together))
    }

    @Test("a key of the custom config that was rotated, its latest successor in its place")
    func successors() {
        let k3 = Sample.key("k3")
        var keys = [Self.k1, Self.k2, k3].map {
            KeyRecord(key: $0, created: Sample.time, createdBy: "op")
        }
        keys[0].successor = Self.k2.fingerprint.hex
        keys[1].successor = k3.fingerprint.hex
        let wanted = Wanted.custom(Self.config(.key(Self.k1), .identity))
        #expect(wanted.target(from: Self.config(.key(k3), .identity), keys: keys) == nil)
        #expect(
            wanted.target(from: nil, keys: keys) == .exactly(Self.config(.key(k3), .identity)))
        // A state file altered by hand: it ends.
        keys[2].successor = Self.k1.fingerprint.hex
        _ = wanted.target(from: nil, keys: keys)
    }

    @Test("rotating several keys of several providers, a fresh one for each that writes")
    func rotatingSeveral() throws {
        let config = ProviderConfig(rules: [
            .init(
                resources: [.secrets],
                chain: Chain([.key(Self.box), .key(Self.k2), .identity])),
            .init(resources: [Self.configmaps], chain: Chain([.key(Self.k1)])),
            .init(resources: [ResourcePattern("pods")], chain: Chain([.identity, .key(Self.k1)])),
        ])
        let draft = try #require(ConfigDraft(rotating: config))
        #expect(draft.providers == [.secretbox, .aescbc])
        let (newBox, new) = (Sample.key("new-box", .secretbox), Sample.key("new"))
        let end = draft.filled(with: [newBox, new])
        #expect(end.chain(for: ResourcePattern.secrets).entries == [.key(newBox), .identity])
        #expect(end.chain(for: Self.configmaps).entries == [.key(new)])
        #expect(end.chain(for: ResourcePattern("pods")).entries == [.identity])
        let operation = Operation(
            id: "op", kind: .rotateKey, started: Sample.time, from: config, to: end)
        #expect(operation.successors == [Self.box: newBox, Self.k2: newBox, Self.k1: new])
    }

    @Test("the same name for another secret or another version of a plugin, refused")
    func ambiguous() {
        let namesake = LocalKey(
            provider: .aescbc, name: "k1", secret: Sample.key("other").secret)
        let deployed = Self.config(.key(Self.k1), .identity)
        let journal = Journal(keys: [KeyRecord(key: Self.k2, created: Sample.time, createdBy: "op")]
        )
        func decision(_ wanted: ProviderConfig, on deployed: ProviderConfig) -> Decision {
            decide(
                journal: journal,
                observed: Observation(
                    nodes: [
                        NodeObservation(node: "n1", running: .config(deployed), isReady: true)
                    ], stored: .hidden, recorded: .known(deployed)),
                goal: .converge(.custom(wanted)))
        }
        #expect(
            decision(Self.config(.key(namesake), .identity), on: deployed)
                == .refuse(.nameUsedBefore([namesake])))
        let retired = LocalKey(provider: .aescbc, name: "k2", secret: namesake.secret)
        #expect(
            decision(Self.config(.key(retired), .identity), on: deployed)
                == .refuse(.nameUsedBefore([retired])))
        let (v1, v2) = (
            KMSPlugin(version: .v1, name: "vault", endpoint: "unix:///v.sock"),
            KMSPlugin(version: .v2, name: "vault", endpoint: "unix:///v.sock")
        )
        #expect(
            decision(Self.config(.kms(v2), .identity), on: Self.config(.kms(v1), .identity))
                == .refuse(.pluginNameTaken([v2])))
        // One more resource for a plugin: while it is learnt, the chains differ.
        let more = [ResourcePattern.secrets, Self.configmaps]
        #expect(
            decision(
                Self.config(.kms(v2), .identity, for: more),
                on: Self.config(.kms(v2), .identity))
                == .refuse(.pluginTorn(v2, patterns: more)))
        guard
            case .act = decision(
                Self.config(.kms(v2), .identity, for: more),
                on: Self.config(.key(Self.k1), .identity, for: more))
        else {
            Issue.record("all from one provider to the plugin is no trouble")
            return
        }
    }
}
