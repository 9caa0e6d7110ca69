import Basics
import EncryptionModel
import Testing

@testable import Orchestrator

@Suite struct EtcdEvidenceTests {
    @Test("a resource that isn't in the etcd that is read, refused by name")
    func keptElsewhere() {
        let events = GroupResource(resource: "events")
        let leases = GroupResource(resource: "leases", group: "coordination.k8s.io")
        #expect(throws: Never.self) {
            try EtcdEvidence.refuse([.secrets, events], keptElsewhere: [])
        }
        do {
            try EtcdEvidence.refuse(
                [.secrets, leases], keptElsewhere: ["events", "leases.coordination.k8s.io"])
            Issue.record("taken")
        } catch {
            let fault = Fault(error)
            #expect(fault.code == .refused && fault.message.contains("leases.coordination.k8s.io"))
            #expect(!fault.message.contains("secrets"))
        }
    }
}
