internal import Basics
internal import Foundation
internal import LabKit

/// A lab with snapshots, of each of which it is known what a restored cluster must hold.
struct RestoreScene: Sendable {
    let user: Operator

    var lab: Lab { user.lab }

    /// A snapshot, and the Secrets that there were then.
    struct Saved: Sendable {
        let name: String
        let workload: Data
    }

    private var workloadFile: URL { URL(fileURLWithPath: lab.folder + "/workload.json") }

    /// Makes some more Secrets, so that the snapshot differs from every other, and takes it.
    func save(_ name: String, secrets: Int = 3) async throws -> Saved {
        _ = try await lab.fill(secrets: secrets)
        let result = try await user.start(["etcd", "snapshot-save", "--name", name]).end()
        guard result.status == 0 else {
            throw Fault(.failed, "snapshot-save \(name): \(result.errorOutput)")
        }
        return try current(as: name)
    }

    /// What the cluster holds now.
    func current(as name: String) throws -> Saved {
        Saved(name: name, workload: try Data(contentsOf: workloadFile))
    }

    /// From now on the cluster has to hold what it did then.
    func expect(_ saved: Saved) throws { try saved.workload.write(to: workloadFile) }

    /// What isn't as it has to be after a restore or its being given up, a line each: exactly the
    /// Secrets of then, each with its value, through every server; all stored as the config says;
    /// nothing left to do, and nothing left over.
    ///
    /// - Parameter before: the nodes as they were before.
    func problems(since before: World) async throws -> [String] {
        var problems = try await lab.checkValues().prefix(5).map { "value: \($0)" }
        let keys = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        let prefix = keys.active.first.map { "k8s:enc:aescbc:v1:\($0.name):" }
        let expected = [prefix ?? StoredCount.plaintext: try lab.filledSecrets()]
        let stored = try await lab.scan()
        if keys.active.count > 1 { problems.append("\(keys.active.count) keys are in use") }
        if stored.resources["secrets"] != expected {
            problems.append("stored: \(stored.resources["secrets"] ?? [:]), not \(expected)")
        }
        for command in [["encrypt", "verify"], ["encrypt", "status"], ["up"]] {
            let result = try await user.start(command).end()
            if result.status != 0 {
                problems.append("\(command): \(result.status): \(result.text)\(result.errorOutput)")
            } else if command == ["up"], !result.text.hasPrefix("Nothing to do") {
                problems.append("up still had something to do: \(result.text)")
            }
        }
        problems += try await World.seen(user).differencesInShape(since: before).filter {
            !$0.hasPrefix("operator: ") && !$0.contains("/etcd-snapshots")
        }.map { "left over: \($0)" }
        for node in lab.nodes {
            let names = try await node.command(["ls", "-A", "/var/lib/etcd"]).run().text
            if names.trimmingCharacters(in: .whitespacesAndNewlines) != "member" {
                problems.append("\(node.name): /var/lib/etcd holds \(names.debugDescription)")
            }
        }
        return problems
    }
}
