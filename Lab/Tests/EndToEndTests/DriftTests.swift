import Foundation
import LabKit
import Testing
import Trials

/// What `verify` and `status` say of a cluster that isn't as it should be, and what mends it.
@Suite(
    "what isn't as it should be is found",
    .serialized, .lab(nodes: 1, user: .docker, encryption: .on, secrets: 5))
struct DriftTests {
    private static let total = 10

    @Test("a Secret put into etcd in plaintext, found and named, and encrypted by a rotation")
    func plaintextByHand() async throws {
        let lab = try SuiteLab.lab()
        let (user, etcd) = (try Operator(of: lab), EtcdByHand(lab: lab))
        let steps = WorkflowSteps(user: user, total: Self.total)
        let key = "/registry/secrets/lab-1/secret-000004"
        let plaintext = try await etcd.value(of: key)
        let first = try await steps.enable()

        try await etcd.put(plaintext, at: key)
        let found = try await user.run("encrypt", "verify", "--output", "json")
        #expect(found.status == 4)
        let stored = try found.document(VerificationDocument.self)
        #expect(
            stored.evidence["secrets"]?.filter { $0.value > 0 }
                == [StoredCount.plaintext: 1, first.storedPrefix: Self.total - 1])
        #expect(stored.offenders["secrets"] == ["lab-1/secret-000004"])
        #expect(try await user.run("encrypt", "verify").text.contains("lab-1/secret-000004"))

        _ = try await steps.rotate(from: first)
        try await steps.nothingLeftToDo()
    }

    @Test("cluster.yml wants what isn't deployed, status says so and what to do")
    func otherWish() async throws {
        let user = try Operator(of: SuiteLab.lab()).copy()
        _ = try await Operator(of: user.lab).succeed("up", giving: WorkflowDocument.self)
        try user.edit("cluster.yml") { $0.replacing("enabled: true", with: "enabled: false") }
        let result = try await World.expectingNoTouch(user) {
            try await user.run("encrypt", "status", "--output", "json")
        }
        #expect(result.status == 4)
        let status = try result.document(StatusDocument.self)
        #expect(status.findings == ["cluster.yml wants no encryption"])
        #expect(status.next == ["orchestrator up"])
    }

    @Test("disabled and enabled again, another key")
    func anotherKey() async throws {
        let user = try Operator(of: SuiteLab.lab())
        let steps = WorkflowSteps(user: user, total: Self.total)
        let first = try #require(try await user.succeed("up").keys.first)
        try await steps.disable(from: first)
        let second = try await steps.enable()
        #expect(second.name != first.name)
        #expect(second.fingerprint != first.fingerprint)
        let keys = try KnownKeys(stateFile: user.read("cluster.rkestate")).all
        #expect(Set(keys.map(\.secret)).count == keys.count)
        #expect(Set(keys.map(\.name)).count == keys.count)
    }
}
