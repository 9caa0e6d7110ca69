import Basics
import EncryptionModel
import Foundation
import HTTP
import Testing

@testable import Etcd

/// Against a real etcd with mutual TLS.
struct EtcdReaderTests {
    private static let oldForm = StoredForm.encrypted(prefix: "k8s:enc:aescbc:v1:old:")
    private static let newForm = StoredForm.encrypted(prefix: "k8s:enc:secretbox:v1:new:")

    private func secrets(
        _ numbers: Range<Int>, _ form: StoredForm, size: Int = 300
    ) -> [(key: String, value: [UInt8])] {
        let start = form == .plaintext ? "k8s\u{0}" : form.description
        return numbers.map { number in
            (
                String(format: "/registry/secrets/default/s-%06d", number),
                Array(start.utf8) + [UInt8](repeating: UInt8(number & 0xFF), count: size)
            )
        }
    }

    @Test("nothing stored, counts of nothing at a revision")
    func empty() async throws {
        let etcd = try TestEtcd()
        let evidence = try await etcd.reader().evidence(of: [.secrets])
        #expect(evidence.counts == [.secrets: [:]])
        #expect(evidence.revision == 1)
        etcd.stop()
    }

    @Test("one value, and neighbours that belong to others, one is counted")
    func one() async throws {
        let etcd = try TestEtcd()
        let reader = try await etcd.reader()
        try await etcd.put(secrets(1..<2, Self.oldForm))
        try await etcd.put([
            ("/registry/secrets", [1]), ("/registry/secretsx/a", [1]),
            ("/registry/secret/a", [1]), ("/registry/secrets0", [1]),
        ])
        #expect(try await reader.evidence(of: [.secrets]).counts == [.secrets: [Self.oldForm: 1]])
        etcd.stop()
    }

    @Test(
        "2,000 values in mixed forms, several resources, another prefix: all counted, at one revision"
    )
    func mixed() async throws {
        let etcd = try TestEtcd()
        let reader = try await etcd.reader()
        try await etcd.put(secrets(0..<700, Self.oldForm))
        try await etcd.put(secrets(700..<1990, Self.newForm) + secrets(1990..<2000, .plaintext))
        let custom = GroupResource(resource: "widgets", group: "example.org")
        try await etcd.put([
            ("/registry/example.org/widgets/w", Array("{}".utf8)),
            ("/other/secrets/default/a", Array("k8s:enc:kms:v2:vault:x".utf8)),
        ])
        let evidence = try await reader.evidence(of: [.secrets, custom])
        #expect(
            evidence.counts[.secrets] == [Self.oldForm: 700, Self.newForm: 1290, .plaintext: 10])
        #expect(evidence.counts[custom] == [.plaintext: 1])
        #expect(evidence.revision == 2003)
        #expect(
            try await reader.evidence(of: [.secrets], prefix: "other").counts
                == [.secrets: [.encrypted(prefix: "k8s:enc:kms:v2:vault:"): 1]])
        let names = try await reader.objects(
            of: .secrets, notIn: [Self.oldForm, Self.newForm], limit: 3)
        #expect(names == ["default/s-001990", "default/s-001991", "default/s-001992"])
        #expect(
            try await reader.objects(of: .secrets, notIn: [.plaintext], limit: 5000).count == 1990)
        etcd.stop()
    }

    @Test("large values are read in small pages")
    func largeValues() async throws {
        let etcd = try TestEtcd()
        _ = try await etcd.reader()
        try await etcd.put(secrets(0..<30, Self.newForm, size: 1 << 20))
        let exchanger = Interposed(try etcd.client()) { _ in }
        let reader = EtcdReader(exchanger: exchanger, baseURL: etcd.baseURL)
        #expect(try await reader.evidence(of: [.secrets]).counts == [.secrets: [Self.newForm: 30]])
        #expect(exchanger.requests > 10)
        etcd.stop()
    }

    @Test("what is written meanwhile isn't seen: all pages are of the first one's revision")
    func oneRevision() async throws {
        let etcd = try TestEtcd()
        _ = try await etcd.reader()
        try await etcd.put(secrets(0..<100, Self.oldForm))
        let exchanger = Interposed(try etcd.client()) { number in
            if number == 2 { try await etcd.put(secrets(90..<200, Self.newForm)) }
        }
        let evidence = try await EtcdReader(exchanger: exchanger, baseURL: etcd.baseURL)
            .evidence(of: [.secrets, GroupResource(resource: "configmaps")])
        #expect(evidence.counts[.secrets] == [Self.oldForm: 100])
        #expect(evidence.revision == 101)
        etcd.stop()
    }

    @Test("compacted in the middle, read anew at a later revision; compacted always, given up")
    func compaction() async throws {
        let etcd = try TestEtcd()
        _ = try await etcd.reader()
        try await etcd.put(secrets(0..<100, Self.oldForm))
        let once = Interposed(try etcd.client()) { number in
            guard number == 2 else { return }
            try await etcd.put(secrets(0..<1, Self.newForm))
            try await etcd.compact(at: 102)
        }
        let evidence = try await EtcdReader(exchanger: once, baseURL: etcd.baseURL)
            .evidence(of: [.secrets])
        #expect(evidence.counts == [.secrets: [Self.oldForm: 99, Self.newForm: 1]])
        #expect(evidence.revision == 102)

        let always = Interposed(try etcd.client()) { number in
            guard number.isMultiple(of: 2) else { return }
            try await etcd.put(secrets(0..<1, Self.newForm))
            try await etcd.compact(at: Int64(102 + number / 2))
        }
        let fault = try #require(
            await #expect(throws: Fault.self) {
                _ = try await EtcdReader(exchanger: always, baseURL: etcd.baseURL, attempts: 3)
                    .evidence(of: [.secrets])
            })
        #expect(fault.code == .conflict)
        #expect(always.requests == 6)
        etcd.stop()
    }

    @Test("a foreign authority, no client certificate, a stopped etcd: each is told as what it is")
    func refusals() async throws {
        let etcd = try TestEtcd()
        let reader = try await etcd.reader()
        let foreign = EtcdReader(
            exchanger: try etcd.client(authority: "other.pem"), baseURL: etcd.baseURL)
        let nameless = EtcdReader(
            exchanger: try etcd.client(withIdentity: false), baseURL: etcd.baseURL)
        let status = try await reader.status()
        #expect(status.version.hasPrefix("3."))
        #expect(status.isLeader && status.revision == 1 && status.databaseSize > 0)
        let members = try await reader.members()
        #expect(members.map(\.name) == ["one"])
        #expect(members.first?.clientURLs == [etcd.baseURL])
        #expect(members.first?.id == status.member)
        await expectFault(.untrusted) { _ = try await foreign.evidence(of: [.secrets]) }
        do {
            _ = try await nameless.evidence(of: [.secrets])
            Issue.record("read without a client certificate")
        } catch let fault as Fault {
            // Whether the alert comes through is a race between the server's close and our write.
            #expect([.unauthenticated, .unreachable].contains(fault.code))
            #expect(fault.hint?.contains("client certificate") == true, "\(fault)")
        }
        etcd.stop()
        await expectFault(.unreachable) { _ = try await reader.evidence(of: [.secrets]) }
        await expectFault(.unreachable) { try await reader.checkQuorum() }
        await expectFault(.unreachable) { _ = try await reader.status() }
    }

    private func expectFault(_ code: Fault.Code, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("no fault")
        } catch {
            #expect((error as? Fault)?.code == code, "\(error)")
        }
    }
}
