import Foundation
import LabKit
import Testing
import Trials

/// Several operators of one cluster, each with a folder and so a lock file of his own.
@Suite("one operator at a time", .serialized)
struct OperatorLeaseTests {
    private static let lease =
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/orchestrator-encryption"

    @Test("two at once, a crashed one, a dead one elsewhere, a suspended one")
    func oneAtATime() async throws {
        // So far away that a run which holds the Lease has looked at nothing yet when it is stopped,
        // however busy the machine is.
        try await Harness.withLab(
            nodes: 1, user: .root, encryption: .on, roundTrip: 25
        ) { lab in
            _ = try await lab.fill(secrets: 3)
            let user = try await twoAtOnce(lab)
            try await crashed(user)
            try await deadElsewhere(user)
            try await suspended(user)
            #expect(try await lab.checkValues() == [])
        }
    }

    /// - Returns: who got to work.
    private func twoAtOnce(_ lab: Lab) async throws -> Operator {
        let users = [try Operator(of: lab), try Operator(of: lab).copy()]
        let before = try users.map { try $0.read("cluster.rkestate") }
        let runs = try users.map { try $0.start(["up", "--output", "json"]) }
        let ends = [await runs[0].end(), await runs[1].end()]
        let story = ends.map(\.errorOutput).joined(separator: "\n---\n")
        try #require(Set(ends.map(\.status)) == [0, 3], "\(story)")
        let worker = ends[0].status == 0 ? 0 : 1
        let fault = try ends[1 - worker].document(FaultDocument.self).error
        #expect(fault.message.contains("another run"))
        #expect(fault.message.contains("process \(runs[worker].process), orchestrator up"))
        #expect(fault.hint?.contains("Nothing was touched") == true)
        #expect(try users[1 - worker].read("cluster.rkestate") == before[1 - worker])
        let key = try #require(try ends[worker].document(WorkflowDocument.self).keys.first)
        try await WorkflowSteps(user: users[worker], total: 8).expectStored(key.storedPrefix)
        #expect(try await holder(lab) == "")
        return users[worker]
    }

    /// The same machine and folder: its lock says that the former holder is dead.
    private func crashed(_ user: Operator) async throws {
        let run = try await heldBy(user)
        run.signal(SIGKILL)
        _ = await run.end()
        #expect(try await holder(user.lab).contains("process \(run.process), "))
        let status = try await user.run("encrypt", "status", "--output", "json")
        let lease = try #require(try status.document(StatusDocument.self).lease)
        #expect(lease.holder?.contains("process \(run.process), ") == true)
        let next = try await user.run("encrypt", "rotate-key")
        #expect(next.status == 0, "\(next.errorOutput)")
        #expect(next.errorOutput.contains("is taken over: "))
        #expect(next.errorOutput.contains("process \(run.process), orchestrator encrypt rotate"))
        #expect(!next.errorOutput.contains("looking for up to"))
    }

    /// Another lock file: only time tells that the holder is dead.
    private func deadElsewhere(_ user: Operator) async throws {
        let run = try await heldBy(try user.copy())
        run.signal(SIGKILL)
        _ = await run.end()
        try await user.lab.api(
            "PATCH", Self.lease, #"{"spec":{"leaseDurationSeconds":3}}"#,
            type: "application/merge-patch+json")
        let next = try await user.run("up")
        #expect(next.status == 0, "\(next.errorOutput)")
        #expect(next.errorOutput.contains("looking for up to 3 s whether that run is alive"))
        #expect(next.errorOutput.contains("not renewed it for 3 s and counts as dead"))
        #expect(next.errorOutput.contains("process \(run.process), "))
    }

    /// A laptop's lid is closed, another operator takes over, the lid is opened.
    private func suspended(_ user: Operator) async throws {
        let other = try user.copy()
        let run = try await heldBy(user)
        run.signal(SIGSTOP)
        let next = try await other.run("up")
        let before = try await World.seen(other)
        run.signal(SIGCONT)
        let end = await run.end()
        #expect(next.status == 0, "\(next.errorOutput)")
        #expect(next.errorOutput.contains("not renewed it for 30 s and counts as dead"))
        #expect(end.status == 1, "\(end.errorOutput)")
        #expect(end.errorOutput.contains("this one has lost lease"))
        #expect(end.errorOutput.contains("orchestrator encrypt rotate-key"))
        #expect(try await World.seen(other).differences(since: before) == [])
        let continued = try await user.run("encrypt", "rotate-key")
        #expect(continued.status == 0, "\(continued.errorOutput)")
    }

    /// A rotation that has taken the Lease just now and begun nothing yet, or hardly.
    private func heldBy(_ user: Operator) async throws -> RunningProgram {
        let run = try user.start(["encrypt", "rotate-key", "--verbose"])
        try await eventually("the lease is held", every: .milliseconds(5)) {
            run.errorOutput.contains("holding lease")
        }
        return run
    }

    private func holder(_ lab: Lab) async throws -> String {
        struct Lease: Decodable {
            struct Spec: Decodable { let holderIdentity: String? }
            let spec: Spec
        }
        let body = try await lab.api("GET", Self.lease)
        return try JSONDecoder().decode(Lease.self, from: Data(body)).spec.holderIdentity ?? ""
    }
}
