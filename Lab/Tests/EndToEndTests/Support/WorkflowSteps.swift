import Foundation
import LabKit
import Testing
import Trials

/// The steps of a cluster's life, each checked from outside.
struct WorkflowSteps {
    let user: Operator
    /// How many Secrets there are.
    let total: Int

    var lab: Lab { user.lab }

    /// `--dry-run` tells what would be done, node by node, and does nothing of it.
    func planned() async throws {
        let plan = try await World.expectingNoTouch(user) {
            try await user.succeed("up", "--dry-run", giving: DryRunDocument.self)
        }
        #expect(plan.operations.map(\.kind) == ["enable"])
        for node in lab.nodes {
            #expect(plan.operations[0].steps.contains { $0.contains(node.address) })
        }
    }

    /// From plaintext through two keys to plaintext.
    func roundTrip() async throws {
        let (before, servers) = try await (World.seen(user), lab.serverInspections())
        let first = try await enable()
        // Else the comparisons that find nothing touched would be blind.
        let touched = try await World.seen(user).differences(since: before)
        for node in lab.nodes {
            #expect(touched.contains { $0.hasPrefix("\(node.name): - container /kube-apiserver") })
        }
        try await nothingLeftToDo()
        let second = try await rotate(from: first)
        try await nothingLeftToDo()
        try await disable(from: second)
        try await nothingLeftToDo()
        // What is left is the state file's journal, and nothing on any node.
        let left = try await World.seen(user).differencesInShape(since: before)
        #expect(left.filter { !$0.hasPrefix("operator: ") } == [])
        for (node, fields) in try await lab.serverInspections() {
            let old = try #require(servers[node])
            #expect(fields.differences(from: old) == [], "\(node)")
        }
    }

    /// - Returns: the new key.
    func enable() async throws -> KeyDocument {
        try lab.wantEncryption(true)
        let done = try await user.succeed("up", "--verbose")
        #expect(done.operation?.kind == "enable")
        #expect(done.stages.map(\.name) == ["read", "write"])
        #expect(done.retiredKeys == [])
        let key = try #require(done.keys.first)
        try await expect(done, everythingUnder: key.storedPrefix)
        try await expectDeployed(key)
        return key
    }

    /// - Parameter check: gets what the run said of itself.
    /// - Returns: the new key.
    func rotate(
        from old: KeyDocument, _ check: (WorkflowDocument) throws -> Void = { _ in }
    ) async throws -> KeyDocument {
        let done = try await user.succeed("encrypt", "rotate-key", "--verbose")
        #expect(done.operation?.kind == "rotate-key")
        try check(done)
        #expect(done.stages.map(\.name).suffix(2) == ["write", "final"])
        #expect(done.retiredKeys == [old])
        let key = try #require(done.keys.first)
        #expect(key.name != old.name)
        try await expect(done, everythingUnder: key.storedPrefix)
        try await expectDeployed(key)
        let archive = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        #expect(archive.all.filter(\.isRetired).map(\.name).contains(old.name))
        for node in lab.nodes {
            let file = try #require(try NodeFile.providerConfig(on: node))
            #expect(!file.text.contains(old.name))
        }
        return key
    }

    func disable(from old: KeyDocument) async throws {
        try lab.wantEncryption(false)
        let done = try await user.succeed("up", "--verbose")
        #expect(done.operation?.kind == "disable")
        #expect(done.retiredKeys == [old])
        #expect(done.keys == [])
        try await expect(done, everythingUnder: StoredCount.plaintext)
        for node in lab.nodes {
            #expect(try NodeFile.providerConfig(on: node) == nil)
        }
        for status in try await lab.status() { #expect(status.encryptionArgument == nil) }
        let archive = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        #expect(archive.all.map(\.name).contains(old.name))
        #expect(archive.active.isEmpty)
    }

    /// A second run does nothing at all, and the looking commands agree that all is well.
    func nothingLeftToDo() async throws {
        try await World.expectingNoTouch(user) {
            let again = try await user.succeed("up")
            #expect(again.operation == nil)
            #expect(again.stages.isEmpty)
            #expect(try await user.run("up", "--verbose").text.hasPrefix("Nothing to do"))
            let status = try await user.succeed("encrypt", "status", giving: StatusDocument.self)
            #expect(status.findings == [])
            let stored = try await user.succeed(
                "encrypt", "verify", giving: VerificationDocument.self)
            #expect(stored.findings == [])
            #expect(stored.evidence["secrets"]?.values.reduce(0, +) == total)
        }
    }

    // MARK: What is seen from outside

    private func expect(
        _ done: WorkflowDocument, everythingUnder prefix: String
    ) async throws {
        #expect(done.evidenceSource == "etcd")
        #expect(done.evidence?["secrets"]?.filter { $0.value > 0 } == [prefix: total])
        #expect(done.rewrite?.objects == total)
        #expect(done.rewrite?.failed.isEmpty == true)
        for stage in done.stages {
            #expect(Set(stage.nodes.map(\.address)) == Set(lab.nodes.map(\.address)))
        }
        try await expectStored(prefix)
    }

    /// The lab's own reading of etcd and of every API server.
    func expectStored(_ prefix: String) async throws {
        let stored = try await lab.scan()
        #expect(stored.resources["secrets"] == [prefix: total])
        #expect(stored.revealing == [])
        #expect(try await lab.checkValues() == [])
    }

    /// The key, and no other, in a file for root alone on every node, read by the server.
    func expectDeployed(_ key: KeyDocument) async throws {
        let known = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        #expect(known.active.map(\.name) == [key.name])
        let secret = try #require(known.active.first?.secret.base64EncodedString())
        for node in lab.nodes {
            let file = try #require(try NodeFile.providerConfig(on: node))
            #expect(file.text.contains(secret))
            #expect(file.mode == 0o600)
            #expect(file.owner == 0)
        }
        for (node, status) in zip(lab.nodes, try await lab.status()) {
            #expect(
                status.encryptionArgument
                    == "--encryption-provider-config="
                    + NodeFile.providerConfig(of: node.runtime))
        }
    }
}
