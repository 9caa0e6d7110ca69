import Foundation
import LabKit
import Testing
import Trials

/// What drifted is brought back, what nobody knows is left alone, and what is unfinished can be
/// given up.
@Suite(
    "drift, adoption and the way back",
    .serialized, .lab(nodes: 2, user: .root, encryption: .on, secrets: 5))
struct RepairTests {
    private static let total = 10

    private let user: Operator
    private let steps: WorkflowSteps
    private var last: LabNode { user.lab.nodes[1] }

    init() throws {
        user = try Operator(of: SuiteLab.lab())
        steps = WorkflowSteps(user: user, total: Self.total)
    }

    /// The key under which everything is; enabling where nothing is yet.
    private func encrypted() async throws -> KeyDocument {
        try #require(try await user.succeed("up").keys.first)
    }

    private func expectRepair(_ key: KeyDocument) async throws {
        let status = try await user.run("encrypt", "status", "--output", "json")
        #expect(status.status == 4)
        let found = try status.document(StatusDocument.self)
        #expect(found.nodes.map(\.asWanted) == [true, false])
        #expect(found.next == ["orchestrator up"])
        let plan = try await World.expectingNoTouch(user) {
            try await user.succeed("up", "--dry-run", giving: DryRunDocument.self)
        }
        #expect(plan.operations.map(\.kind) == ["repair"])
        let done = try await user.succeed("up")
        #expect(done.operation?.kind == "repair")
        #expect(done.keys == [key])
        #expect(Set(done.stages.flatMap(\.nodes).map(\.address)) == [last.address])
        try await steps.expectDeployed(key)
        try await steps.expectStored(key.storedPrefix)
        try await steps.nothingLeftToDo()
    }

    @Test("argument lost when somebody's upgrade made the container anew, brought back")
    func argumentLost() async throws {
        let key = try await encrypted()
        try await user.lab.recreate("kube-apiserver", on: last) { arguments in
            arguments.filter { !$0.hasPrefix("--encryption-provider-config") }
        }
        // It can't read what the others wrote, so it doesn't get ready, and isn't waited for.
        try await expectRepair(key)
    }

    @Test("provider config gone from a node, written anew")
    func fileMissing() async throws {
        let key = try await encrypted()
        try await last.shell("rm \(NodeFile.providerConfig)")
        try await expectRepair(key)
    }

    @Test("provider config altered after the server's start, brought back")
    func fileAltered() async throws {
        let key = try await encrypted()
        try await last.shell("echo '# mine' >> \(NodeFile.providerConfig)")
        try await expectRepair(key)
    }

    @Test("container made anew as it was, nothing to do")
    func containerReplaced() async throws {
        _ = try await encrypted()
        try await user.lab.recreate("kube-apiserver", on: last) { $0 }
        try await user.lab.waitUntilReady()
        try await steps.nothingLeftToDo()
    }

    @Test("a key that nobody knows in a node's file, refused by fingerprint and nothing touched")
    func unknownKey() async throws {
        let key = try await encrypted()
        let file = try #require(try NodeFile(NodeFile.providerConfig, on: last)).text
        let foreign = file.replacing(key.name, with: "key-foreign")
        try await last.shell("printf '%s' '\(foreign)' > \(NodeFile.providerConfig)")
        let refused = try await World.expectingNoTouch(user) {
            try await user.run("up", "--output", "json")
        }
        #expect(refused.status == 3)
        let fault = try refused.document(FaultDocument.self).error
        #expect(fault.node == last.address)
        #expect(fault.message.contains("key-foreign"))
        try await last.shell("printf '%s' '\(file)' > \(NodeFile.providerConfig)")
        _ = try await user.succeed("up")
        try await steps.nothingLeftToDo()
    }

    @Test("RKE's own state file, one that is behind and none at all, adopted and rotated from")
    func adopted() async throws {
        var key = try await encrypted()
        let behind = try user.read("cluster.rkestate")
        key = try await steps.rotate(from: key)
        let newest = try user.read("cluster.rkestate")
        let rke = try JSONSerialization.jsonObject(with: newest) as? [String: Any]
        let stripped = try JSONSerialization.data(
            withJSONObject: try #require(rke).filter { $0.key != "orchestrator" })
        for state in [stripped, behind, nil] {
            try? user.remove("cluster.rkestate.bak")
            if let state {
                try state.write(to: URL(fileURLWithPath: user.stateFile))
            } else {
                try user.remove("cluster.rkestate")
            }
            let adopted = try await user.succeed("up")
            #expect(adopted.operation == nil && adopted.keys == [key])
            let known = try KnownKeys(stateFile: user.read("cluster.rkestate"))
            #expect(known.active.map(\.name).contains(key.name))
            key = try await steps.rotate(from: key)
        }
        try await steps.nothingLeftToDo()
    }

    @Test("given up after the first server of each stage, everything as it was before")
    func givenUp() async throws {
        let key = try await encrypted()
        for stage in ["read", "write", "final"] {
            let run = try user.start(["encrypt", "rotate-key"])
            try await eventually("a first node is at \(stage)") {
                run.errorOutput.split(separator: ", \(stage): ").dropFirst().last?
                    .contains("confirmed") == true
            }
            run.signal(SIGKILL)
            _ = await run.end()
            try await expectSettled()
            let refused = try await World.expectingNoTouch(user) {
                try await user.run("encrypt", "abort")
            }
            #expect(refused.status == 3)
            #expect(refused.errorOutput.contains("--yes"))
            let done = try await user.succeed("encrypt", "abort", "--yes")
            #expect(done.operation?.kind == "abort")
            #expect(done.keys == [key])
            #expect((done.rewrite == nil) == (stage == "read"))
            try await steps.expectDeployed(key)
            try await steps.expectStored(key.storedPrefix)
            try await steps.nothingLeftToDo()
        }
    }

    /// What a killed run had asked a node for may still go on there for a moment.
    private func expectSettled() async throws {
        var last = try await World.seen(user)
        var quiet = 0
        try await eventually("the nodes have come to rest") {
            try await Task.sleep(for: .seconds(1))
            let now = try await World.seen(user)
            quiet = now.differences(since: last).isEmpty ? quiet + 1 : 0
            last = now
            return quiet == 3
        }
    }
}
