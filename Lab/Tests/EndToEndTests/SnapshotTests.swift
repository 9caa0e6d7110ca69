import Basics
import Crypto
import Foundation
import LabKit
import Testing
import Trials

/// Snapshots taken, looked at, restored and refused.
@Suite("snapshots", .serialized)
struct SnapshotTests {
    private func trialRun(
        _ kind: TrialResult.Kind, _ selection: Selection, folder: String
    ) async throws -> TrialRun {
        TrialRun(
            program: try Harness.orchestrator(), selection: selection,
            server: try await ServerName.of(), log: try ResultLog(folder: folder, kind: kind),
            say: { print($0) })
    }

    @Test("taken in the middle of a rotation and restored under the new key: all as it was then")
    func restored() async throws {
        let folder = "\(NSTemporaryDirectory())/orchestrator-restores-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = try await trialRun(
            .restores, Selection(only: "rotating restored under key 2"), folder: folder)
        try await RestoreTrials(run, secrets: 20, nodes: 2).make()
        #expect(run.results.count == 1)
        #expect(run.problems == [])
    }

    @Test("killed in a restore at a point drawn by lot, run again or given up: all is well")
    func killed() async throws {
        let folder = "\(NSTemporaryDirectory())/orchestrator-restore-kills-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = try await trialRun(
            .restoreKills, Selection(sample: 1, seed: 5, only: "restore restore."), folder: folder)
        try await RestoreKills(run, secrets: 5, nodes: 1).make()
        #expect(run.results.count == 1)
        #expect(run.problems == [])
    }

    @Test("one life of a cluster: taken before and after, needed, forgotten, refused, scrubbed")
    func life() async throws {
        try await Harness.withLab(nodes: 1, user: .sudo, encryption: .on) { lab in
            _ = try await lab.fill(secrets: 5)
            let user = try Operator(of: lab)
            let enabled = try await user.succeed(
                "up", "--snapshot-first", "--snapshot-after", giving: SnapshotsDocument.self)
            let (plain, first) = (
                try #require(enabled.snapshots.first), try #require(enabled.snapshots.last)
            )
            #expect(enabled.snapshots.count == 2 && plain.keysNeeded.isEmpty)
            #expect(first.keysNeeded.count == 1)
            let plan = try await user.succeed(
                "encrypt", "rotate-key", "--dry-run", giving: DryRunDocument.self)
            #expect(plan.operations.first?.steps.last?.contains(first.name) == true)
            #expect(try await holdsPlaintext(lab))
            let rotated = try await user.succeed(
                "encrypt", "rotate-key", "--scrub", giving: SnapshotsDocument.self)
            #expect(rotated.scrubbed?.members.count == 1)
            #expect(try await !holdsPlaintext(lab))
            try await refusals(lab, needing: first.name)
            try await scrubbedSnapshot(user)
            try await sealed(user, first.name)
            try noKeyShown(user)
            try await archived(user)
            try await forgotten(user, try #require(first.keysNeeded.first), first.name)
        }
    }

    /// Neither beside the snapshots nor in anything that was said.
    private func noKeyShown(_ user: Operator) throws {
        let scanner = KeyScanner(try KnownKeys(stateFile: user.read("cluster.rkestate")).all)
        let root = try user.lab.nodes[0].root()
        var looked = 0
        for folder in [root + "/opt/rke/etcd-snapshots", user.folder + "/output"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
                #expect(scanner.found(in: bytes) == [], "\(name)")
                looked += 1
            }
        }
        #expect(looked > 20)
    }

    /// As RKE keeps them: a zip with the snapshot under its path within RKE's container.
    private func archived(_ user: Operator) async throws {
        let folder = "/opt/rke/etcd-snapshots"
        let bytes = StoredZip.make("/backup/packed", Array(try user.read("clean")))
        try await user.lab.nodes[0].command(
            ["sh", "-c", "cat >\(folder)/packed.zip"], input: bytes
        ).run()
        let seen = try await user.run("etcd", "snapshot-inspect", "packed.zip")
        #expect(seen.status == 0, "\(seen.text)\(seen.errorOutput)")
        let restored = try await user.run("etcd", "snapshot-restore", "--name", "packed", "--yes")
        #expect(restored.status == 0, "\(restored.errorOutput)")
        #expect(try await user.lab.checkValues() == [])
    }

    /// Whether the database file shows a value that was stored in plaintext once.
    private func holdsPlaintext(_ lab: Lab) async throws -> Bool {
        let search = try lab.nodes[0].command([
            "grep", "-q", "-a", "lab-known-value", "/var/lib/etcd/member/snap/db",
        ])
        return try await search.result().status == 0
    }

    /// Nothing of before is in a snapshot taken now.
    private func scrubbedSnapshot(_ user: Operator) async throws {
        let saved = try await user.succeed(
            "etcd", "snapshot-save", "--name", "clean", "--local", user.folder,
            giving: SnapshotSavedDocument.self)
        #expect(saved.local == user.path("clean"))
        let seen = try await user.succeed(
            "etcd", "snapshot-inspect", user.path("clean"), giving: InspectionDocument.self)
        #expect(seen.history["secrets", default: [:]].isEmpty)
        #expect(seen.evidence["secrets"]?.values.reduce(0, +) == 10)
        let listed = try await user.run("etcd", "snapshot-list")
        #expect(listed.text.contains("yes, with retired keys"))
    }

    /// Sealed, the state file alone opens nothing; with the passphrase it is restored, and the key
    /// sealed still.
    private func sealed(_ user: Operator, _ snapshot: String) async throws {
        let state = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        let retired = state.all.first { $0.isRetired }
        let secret = try #require(retired).secret
        func shows() throws -> Bool {
            let scanner = KeyScanner([.init(name: "retired", secret: secret, isRetired: true)])
            return try ["cluster.rkestate", "cluster.rkestate.bak"].contains {
                try !scanner.found(in: user.read($0)).isEmpty
            }
        }
        #expect(try shows())
        try user.write("twelve monkeys\n", to: "passphrase")
        let file = ["--passphrase-file", user.path("passphrase")]
        let sealed = try await user.start(["encrypt", "keys", "seal"] + file).end()
        #expect(sealed.status == 0, "\(sealed.errorOutput)")
        #expect(try !shows())
        let restore = ["etcd", "snapshot-restore", "--name", snapshot, "--yes"]
        let mishap = Mishap.inFolder(
            "keys sealed", status: 3, says: "sealed keys weren't tried", advises: "touched"
        ) { _ in }
        try await mishap.expectNothingTouched(by: restore, on: user.lab)
        let restored = try await user.start(restore + file).end()
        #expect(restored.status == 0, "\(restored.errorOutput)")
        #expect(try await user.lab.checkValues() == [])
        #expect(try !shows())
        let unsealed = try await user.start(["encrypt", "keys", "unseal"] + file).end()
        #expect(try unsealed.status == 0 && shows())
    }

    private func forgotten(_ user: Operator, _ key: String, _ snapshot: String) async throws {
        let refused = try await user.run("encrypt", "keys", "forget", key, "--yes")
        #expect(refused.status == 3 && refused.errorOutput.contains(snapshot))
        let forgotten = try await user.run("encrypt", "keys", "forget", key, "--yes", "--force")
        #expect(forgotten.status == 0, "\(forgotten.errorOutput)")
        #expect(try await !user.run("encrypt", "keys").text.contains(key))
        let mishap = Mishap.inFolder(
            "key forgotten", status: 3, says: "on purpose", advises: "Look for the key"
        ) { _ in }
        try await mishap.expectNothingTouched(
            by: ["etcd", "snapshot-restore", "--name", snapshot, "--yes"], on: user.lab)
        let listed = try await user.run("etcd", "snapshot-list")
        #expect(listed.text.contains("NO, keys are missing"))
    }

    /// Each before anything is stopped.
    private func refusals(_ lab: Lab, needing snapshot: String) async throws {
        let folder = "/opt/rke/etcd-snapshots"
        let spoilt: [(name: String, script: String, says: String)] = [
            (
                "altered",
                "cp $1 $2; printf x | dd of=$2 bs=1 seek=9000 conv=notrunc status=none",
                "it was altered"
            ),
            ("truncated", "head -c 200000 $1 >$2", "cut short"),
            ("unsealed", "head -c -32 $1 >$2", "isn't at its end"),
            ("empty", ": >$2", "can't be restored"),
        ]
        for (name, script, says) in spoilt {
            let mishap = Mishap(
                name: name, status: 3, says: says, advises: "Nothing was touched"
            ) { user in
                let node = user.lab.nodes[0]
                try await node.shell(
                    "set -- \(folder)/\(snapshot) \(folder)/\(name); \(script)")
                return { try await node.shell("rm \(folder)/\(name)") }
            }
            try await mishap.expectNothingTouched(
                by: ["etcd", "snapshot-restore", "--name", name, "--yes"], on: lab)
        }
        try await foreign(lab, folder)
        try await namesake(lab, needing: snapshot)
    }

    /// A snapshot of another cluster, a real one.
    private func foreign(_ lab: Lab, _ folder: String) async throws {
        let fixture = Harness.repository + "/fixtures/snapshots/plaintext.db.gz"
        let bytes = try await Command("gzip", ["-dc", fixture]).run().output
        let mishap = Mishap(
            name: "of another cluster", status: 3, says: "snapshot of another cluster",
            advises: "the right cluster.yml"
        ) { user in
            let node = user.lab.nodes[0]
            try await node.command(["sh", "-c", "cat >\(folder)/foreign"], input: bytes).run()
            return { try await node.shell("rm \(folder)/foreign") }
        }
        try await mishap.expectNothingTouched(
            by: ["etcd", "snapshot-restore", "--name", "foreign", "--yes"], on: lab)
    }

    /// The state file has a key of the right name with another secret.
    private func namesake(_ lab: Lab, needing snapshot: String) async throws {
        let mishap = Mishap.inFolder(
            "a namesake of the key", status: 3, says: "has another secret",
            advises: "Look for the key"
        ) { user in
            var state = try #require(
                try JSONSerialization.jsonObject(with: user.read("cluster.rkestate"))
                    as? [String: Any])
            var journal = try #require(state["orchestrator"] as? [String: Any])
            var keys = try #require(journal["keys"] as? [[String: Any]])
            let index = try #require(keys.firstIndex { $0["retired"] is String })
            let name = try #require(keys[index]["name"] as? String)
            let secret = [UInt8](repeating: 9, count: 32)
            let words = Array("aescbc".utf8) + [0] + Array(name.utf8) + [0] + secret
            keys[index]["secret"] = Data(secret).base64EncodedString()
            keys[index]["fingerprint"] = String(SHA256.digest(words).hex.prefix(12))
            journal["keys"] = keys
            state["orchestrator"] = journal
            let text = try JSONSerialization.data(withJSONObject: state)
            try user.write(String(decoding: text, as: UTF8.self), to: "cluster.rkestate")
        }
        try await mishap.expectNothingTouched(
            by: ["etcd", "snapshot-restore", "--name", snapshot, "--yes"], on: lab)
    }
}

private struct SnapshotsDocument: Decodable {
    struct Snapshot: Decodable {
        let name: String
        let keysNeeded: [String]
    }

    struct Scrubbed: Decodable {
        struct Member: Decodable { let bytesAfter: Int }
        let members: [Member]
    }

    let snapshots: [Snapshot]
    let scrubbed: Scrubbed?
}

private struct SnapshotSavedDocument: Decodable {
    let local: String?
}

private struct InspectionDocument: Decodable {
    let evidence: [String: [String: Int]]
    let history: [String: [String: Int]]
}
