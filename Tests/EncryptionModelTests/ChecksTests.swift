import EncryptionModel
import Testing

/// What a release decides about a config.
@Suite struct ChecksTests {
    private static func config(
        _ entries: [ProviderEntry] = [.identity], for names: String...
    ) -> ProviderConfig {
        ProviderConfig(rules: [
            .init(resources: names.map { ResourcePattern($0) }, chain: Chain(entries))
        ])
    }

    private static func plugin(_ version: KMSPlugin.Version) -> ProviderEntry {
        .kms(KMSPlugin(version: version, name: "vault", endpoint: "unix:///v.sock"))
    }

    struct Row: Sendable {
        let config: ProviderConfig
        let version: String
        var gates = ""
        /// A part of the message; nil: no obstacle.
        let says: String?
    }

    static let rows = [
        Row(config: config(for: "*.apps"), version: "v1.26.15", says: "knows no wildcards"),
        Row(config: config(for: "*.*"), version: "v1.25.9+k3s1", says: "knows no wildcards"),
        Row(config: config(for: "*.*"), version: "v1.27.0", says: nil),
        Row(
            config: config(for: "widgets.example.com"), version: "v1.25.9",
            says: "encrypts no custom resources"),
        Row(config: config(for: "widgets.example.com"), version: "v1.26.0", says: nil),
        Row(
            config: config(for: "leases.coordination.k8s.io", "deployments.apps"),
            version: "v1.20.0", says: nil),
        Row(config: config([plugin(.v1)], for: "secrets"), version: "v1.28.2", says: nil),
        Row(
            config: config([plugin(.v1)], for: "secrets"), version: "v1.29.0",
            says: "feature gate KMSv1"),
        Row(
            config: config([plugin(.v1)], for: "secrets"), version: "v1.36.2",
            gates: "Other=true, KMSv1=true", says: nil),
        Row(
            config: config([plugin(.v1)], for: "secrets"), version: "v1.36.2",
            gates: "KMSv1=false", says: "feature gate KMSv1"),
        Row(
            config: config([plugin(.v2)], for: "secrets"), version: "v1.24.17",
            says: "knows no KMS v2"),
        Row(
            config: config([plugin(.v2)], for: "secrets"), version: "v1.25.9",
            says: "feature gate KMSv2"),
        Row(
            config: config([plugin(.v2)], for: "secrets"), version: "v1.26.0", gates: "KMSv2=true",
            says: nil),
        Row(
            config: config([plugin(.v2)], for: "secrets"), version: "v1.30.4-rancher1-1", says: nil),
    ]

    @Test("what a release doesn't do, told of what and why", arguments: rows)
    func obstacles(_ row: Row) {
        let traits = ServerTraits(
            release: KubernetesRelease(version: row.version),
            featureGates: ServerTraits.gates(in: row.gates))
        let found = row.config.obstacles(on: traits)
        #expect(found.count == (row.says == nil ? 0 : 1))
        if let says = row.says { #expect(found.first?.message.contains(says) == true) }
        // Nobody knows what an unknown release doesn't do.
        #expect(row.config.obstacles(on: ServerTraits(release: nil)).isEmpty)
    }

    @Test("versions as they are written, read; anything else, not")
    func releases() {
        #expect(KubernetesRelease(version: "v1.30.4-rancher1-1") == KubernetesRelease(1, 30))
        #expect(KubernetesRelease(version: "1.9") == KubernetesRelease(1, 9))
        #expect(KubernetesRelease(1, 9) < KubernetesRelease(1, 10))
        for text in ["", "v", "v1", "one.two", "v.1", "99999999999999999999.1"] {
            #expect(KubernetesRelease(version: text) == nil, "\(text)")
        }
    }

    @Test("servers of before 1.13, known by their version; one that wasn't told its own is none")
    func beforeConfigGroup() throws {
        #expect(KubernetesRelease(1, 12).isBeforeConfigGroup)
        #expect(!KubernetesRelease(1, 13).isBeforeConfigGroup)
        let untold = try #require(KubernetesRelease(version: "v0.0.0-master+$Format:%H$"))
        #expect(!untold.isBeforeConfigGroup)
    }

    @Test("what is accepted and may still hurt, told once for each entry")
    func advice() throws {
        func key(_ provider: LocalProvider) throws -> ProviderEntry {
            .key(try .generate(provider: provider, name: "k"))
        }
        let traits = ServerTraits(release: nil)
        func told(_ entries: [ProviderEntry]) -> [String] {
            Self.config(entries, for: "secrets").advice(on: traits).map(\.message)
        }
        #expect(try told([key(.secretbox), .identity]).isEmpty)
        #expect(told([.identity]).isEmpty)
        #expect(try told([.identity, key(.secretbox)]).first?.contains("in plaintext") == true)
        #expect(try told([key(.aescbc)]).first?.contains("authenticate") == true)
        #expect(try told([key(.aesgcm)]).first?.contains("200,000") == true)
        #expect(told([Self.plugin(.v1), .identity]).first?.contains("deprecated") == true)
        #expect(told([Self.plugin(.v2), .identity]).isEmpty)
    }
}
