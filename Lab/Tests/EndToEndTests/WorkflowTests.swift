import Foundation
import LabKit
import Testing
import Trials

@Suite("enable, rotate, disable", .serialized)
struct WorkflowTests {
    static let secrets = 200
    static let total = secrets + 5

    @Test(
        "as each kind of user, every step proven and no key seen anywhere",
        arguments: LabOptions.User.allCases)
    func workflows(as user: LabOptions.User) async throws {
        // Three nodes as RKE's own kind; the others differ by how files and commands go.
        let nodes = user == .docker ? 3 : 1
        try await Harness.withLab(nodes: nodes, user: user, encryption: .on) { lab in
            #expect(try await lab.fill(secrets: Self.secrets) == Self.total)
            let user = try Operator(of: lab)
            let (_, watch) = try await Watch.during(runsOf: user) {
                let steps = WorkflowSteps(user: user, total: Self.total)
                try await steps.planned()
                try await steps.roundTrip()
            }
            try await expectNoKey(seenBy: watch, user)
        }
    }

    /// Of all that was seen while it ran and is left on the disks, only the state file has keys.
    private func expectNoKey(seenBy watch: Watch, _ user: Operator) async throws {
        let keys = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        #expect(keys.all.count == 2)
        #expect(keys.active.isEmpty)
        let scanner = KeyScanner(keys.all)
        #expect(watch.looks > 20)
        for sample in watch.samples {
            #expect(scanner.found(in: sample.bytes) == [], "\(sample.place)")
        }
        #expect(watch.open == [])
        for node in user.lab.nodes {
            let files = try await Disk.filesChanged(on: node, since: watch.start)
            // At least the logs were written.
            #expect(files.keys.contains("/var/log/dockerd.log"))
            for (path, bytes) in files {
                #expect(scanner.found(in: bytes) == [], "\(node.name): \(path)")
            }
        }
    }
}
