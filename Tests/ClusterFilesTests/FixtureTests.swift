import Basics
import ClusterFiles
import EncryptionModel
import Foundation
import Testing
import YAML

let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

func fixture(_ path: String) throws -> SecretBytes {
    SecretBytes(copying: try Data(contentsOf: repository.appending(path: path)))
}

private func cluster(_ path: String) throws -> ClusterConfig {
    try ClusterConfigReader.read(fixture(path), file: "cluster.yml", environment: environment)
}

@Suite struct FixtureTests {
    @Test(
        "cluster.yml of every kind, read whole",
        arguments: [
            ("fixtures/cluster/minimal.yml", 1, 1), ("fixtures/cluster/typical.yml", 6, 3),
            ("fixtures/cluster/generated.yml", 1, 1), ("fixtures/cluster/custom-config.yml", 1, 1),
            ("fixtures/cluster/large.yml", 100, 3), ("cluster.example.yml", 4, 3),
        ])
    func reads(path: String, nodes: Int, controlPlane: Int) throws {
        let config = try cluster(path)
        #expect(config.nodes.count == nodes)
        #expect(config.controlPlane.count == controlPlane)
    }

    @Test("the typical cluster, merge keys and bastion included")
    func typical() throws {
        let config = try cluster("fixtures/cluster/typical.yml")
        #expect(
            config.nodes.map(\.name) == [
                "cp-1", "cp-2", "cp-3", "worker-1", "worker-2", "worker-3",
            ])
        #expect(config.nodes.allSatisfy { $0.user == "rke" })
        #expect(config.nodes[5].port == 2222)
        #expect(config.nodes[0].credentials.privateKey == .file("/home/ada/.ssh/prod_ed25519"))
        #expect(config.bastion?.port == 2022)
        #expect(config.certificateNames == ["api.prod.example.com", "203.0.113.5"])
        #expect(config.prefixPath == "/")
        #expect(config.etcd.external == nil)
        #expect(ToldEncryption(config.encryption) == .managed(.aescbc, ["secrets"], true))
    }

    @Test("the custom config, every provider with its keys")
    func customConfig() throws {
        let config = try cluster("fixtures/cluster/custom-config.yml")
        guard case .custom(let custom) = config.encryption else {
            Issue.record("\(config.encryption)")
            return
        }
        let written = custom.config
        #expect(written.patterns.map(\.text) == ["secrets", "configmaps", "widgets.example.com"])
        #expect(written.keys.map(\.name) == ["key2", "key1", "box1"])
        #expect(
            written.chain(for: GroupResource.secrets).writer.storedForm.description
                == "k8s:enc:kms:v2:vault:")
    }

    @Test("every scalar of the typical cluster, found again at its own bytes")
    func ranges() throws {
        let source = try fixture("fixtures/cluster/typical.yml")
        let bytes = source.exposedBytes()
        var checked = 0
        func check(_ node: YAMLNode) throws {
            guard node.alias == nil else { return }
            for element in node.sequence ?? [] { try check(element) }
            for entry in node.mapping?.entries ?? [] where !entry.isMerged {
                try check(entry.keyNode)
                try check(entry.value)
            }
            guard let scalar = node.scalar, ![.literal, .folded].contains(scalar.style) else {
                return
            }
            let text = String(decoding: bytes[node.range.offsets], as: UTF8.self)
            #expect(try YAMLReader.read(text, file: "f").scalar?.bytes == scalar.bytes)
            checked += 1
        }
        try check(YAMLReader.read(source, file: "f"))
        #expect(checked > 150)
    }

    @Test("bad fixtures, each refused at the place and with the message that it names")
    func bad() throws {
        let folder = repository.appending(path: "fixtures/cluster/bad")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count >= 9)
        for name in names {
            let source = try fixture("fixtures/cluster/bad/\(name)")
            let lines = source.exposedText()?.split(separator: "\n") ?? []
            let place = lines[0].dropFirst("# at ".count)
            let message = String(lines[1].dropFirst("# ".count))
            do {
                _ = try ClusterConfigReader.read(source, file: name, environment: environment)
                Issue.record("\(name) was read")
            } catch {
                let fault = Fault(error)
                #expect(fault.place?.description == "\(name):\(place)")
                #expect(fault.message == message)
            }
        }
    }

    @Test("RKE's own state file: its config read, its certificates found, not a byte changed")
    func rkeState() throws {
        let bytes = try fixture("fixtures/state/cluster.rkestate")
        let state = try StateFile(reading: bytes, file: "cluster.rkestate")
        #expect(state.journal == nil)
        #expect(try state.encoded() == bytes)
        let text = try #require(state.currentProviderConfig)
        #expect(state.desiredProviderConfig == text)
        let config = try ProviderConfigReader.read(text, file: "state", origin: .rke)
        #expect(config.keys.map(\.name) == ["key-7qk2t"])
        #expect(config.keys.first?.secret.count == 32)
        #expect(state.recordedAddresses == ["192.0.2.10", "192.0.2.11", "192.0.2.12"])
        let admin = try #require(state.adminCertificate)
        #expect(admin.certificate.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(admin.caCertificate != admin.certificate)
        #expect(admin.key.exposedText()?.hasPrefix("-----BEGIN RSA PRIVATE KEY-----\n") == true)
    }
}
