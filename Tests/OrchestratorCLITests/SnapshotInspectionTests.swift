import Basics
import Foundation
import Orchestrator
import Testing

@testable import OrchestratorCLI

/// Snapshots of a real cluster, told to people.
@Suite struct SnapshotInspectionTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../fixtures/snapshots").standardizedFileURL

    /// Inspects a fixture beside a state file as RKE writes it, with these keys.
    private func inspection(
        _ name: String, keys: [(name: String, secret: String)]
    ) async throws -> (report: SnapshotInspection, text: String) {
        let folder = NSTemporaryDirectory() + "inspect-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/bin/sh")
        gzip.arguments = [
            "-c", "gzip -dc \"$0\" >\"$1\"",
            Self.fixtures.appending(path: "\(name).db.gz").path, folder + "/snapshot.db",
        ]
        try gzip.run()
        gzip.waitUntilExit()
        if !keys.isEmpty {
            let list = keys.map { "{name: \($0.name), secret: \($0.secret)}" }
            let config =
                "{apiVersion: apiserver.config.k8s.io/v1, kind: EncryptionConfiguration, resources:"
                + " [{resources: [secrets], providers: [{aescbc: {keys:"
                + " [\(list.joined(separator: ", "))]}}, {identity: {}}]}]}"
            let state = ["desiredState": [:], "currentState": ["encryptionConfig": config]]
            try JSONSerialization.data(withJSONObject: state)
                .write(to: URL(fileURLWithPath: folder + "/cluster.rkestate"))
        }
        let report = try await SnapshotInspecting(
            state: folder + "/cluster.rkestate", prefix: "/registry", report: { _ in }
        ).inspect(file: folder + "/snapshot.db")
        return (report, report.text.replacing(folder, with: "FOLDER"))
    }

    private let keyA = ("key-a", "NW54aolPwm3X3ncyKbo+T07XjwxNzcE+k6v1ANxKmYU=")
    private let otherKeyB = ("key-b", "vrcPg/s6jg1I4aS3x5rHEMRRLHzHVo/qKufbo1i+DH0=")

    @Test("half under a known key, half under a namesake of one: told which, and why")
    func middle() async throws {
        let (report, text) = try await inspection("mid-rotation", keys: [keyA, otherKeyB])
        #expect(!report.isAsItShouldBe)
        #expect(
            text == """
                FOLDER/snapshot.db: 300.0 KiB, revision 348, etcd 3.4.0, cluster 384a6e1a-26a6-4ca4-a6e6-4f4d1ef1713b, intact

                RESOURCE         STORED                    NOW  BEFORE  OPENED BY
                secrets          k8s:enc:aescbc:v1:key-a:  20   20      03652af3d3e2
                secrets          k8s:enc:aescbc:v1:key-b:  20   0       NO KNOWN KEY
                secrets          plaintext                 0    40
                everything else  plaintext                 214  27

                needs aescbc key-a (03652af3d3e2), in force
                finding: 20 values under k8s:enc:aescbc:v1:key-b: can't be opened: the key of that name that is known (4747103debdd) has another secret than the one they were written with
                next: look for the state file of that time (--state FILE): its backup cluster.rkestate.bak, an older copy, or the one in RKE's snapshot archive

                """)
        #expect(!text.contains("NW54") && !JSONText.of(report.document).contains("NW54"))
    }

    @Test("nothing encrypted, no key needed")
    func plaintext() async throws {
        let (report, text) = try await inspection("plaintext", keys: [keyA])
        #expect(report.isAsItShouldBe && text.contains("\nneeds no key\n"))
        #expect(report.document.evidence["secrets"] == ["plaintext": 40])
        #expect(report.document.readable && report.document.keysNeeded.isEmpty)
    }

    @Test("no state file, told that no key was tried")
    func noState() async throws {
        let (report, text) = try await inspection("aescbc-key-a", keys: [])
        #expect(!report.isAsItShouldBe)
        #expect(text.contains("there is no state file FOLDER/cluster.rkestate"))
    }
}
