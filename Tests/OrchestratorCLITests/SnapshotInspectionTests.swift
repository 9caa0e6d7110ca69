import Basics
import Foundation
import Orchestrator
import Testing

@testable import OrchestratorCLI

/// Snapshots of a real cluster, told to people.
@Suite struct SnapshotInspectionTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../fixtures/snapshots").standardizedFileURL

    typealias Keys = [(name: String, secret: String)]

    /// Inspects a fixture beside a state file as RKE writes it, with these keys.
    ///
    /// - Parameter inside: the state file to be in RKE's archive with it; nil is no archive.
    private func inspection(
        _ name: String, keys: Keys, inside: Data? = nil
    ) async throws -> (report: SnapshotInspection, text: String) {
        let folder = NSTemporaryDirectory() + "inspect-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let packed = try Data(contentsOf: Self.fixtures.appending(path: "\(name).db.gz"))
        let snapshot = try RKEArchive.gzip(["-dc"], packed)
        if !keys.isEmpty {
            try Self.state(keys).write(to: URL(fileURLWithPath: folder + "/cluster.rkestate"))
        }
        let file = folder + (inside == nil ? "/snapshot.db" : "/snapshot.zip")
        let archive = try inside.map {
            try RKEArchive.of([
                ("/backup/snapshot", snapshot), ("/etc/kubernetes/snapshot.rkestate", $0),
            ])
        }
        try (archive ?? snapshot).write(to: URL(fileURLWithPath: file))
        let report = try await SnapshotInspecting(
            state: folder + "/cluster.rkestate", prefix: "/registry", report: { _ in }
        ).inspect(file: file)
        return (report, report.text.replacing(folder, with: "FOLDER"))
    }

    private static func state(_ keys: Keys) throws -> Data {
        let list = keys.map { "{name: \($0.name), secret: \($0.secret)}" }
        let config =
            "{apiVersion: apiserver.config.k8s.io/v1, kind: EncryptionConfiguration, resources:"
            + " [{resources: [secrets], providers: [{aescbc: {keys:"
            + " [\(list.joined(separator: ", "))]}}, {identity: {}}]}]}"
        let state = ["desiredState": [:], "currentState": ["encryptionConfig": config]]
        return try JSONSerialization.data(withJSONObject: state)
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

    @Test("RKE's archive: the keys of the state file in it are tried, too, and told")
    func archive() async throws {
        let (report, text) = try await inspection(
            "aescbc-key-a", keys: [], inside: try Self.state([keyA]))
        #expect(report.isAsItShouldBe)
        #expect(text.hasPrefix("FOLDER/snapshot.zip: 2"), "\(text)")
        #expect(text.contains(", intact\n"))
        #expect(
            text.contains(
                "\nneeds aescbc key-a (03652af3d3e2), from the archive's own state file\n"))
        #expect(
            text.contains(
                "there is no state file FOLDER/cluster.rkestate, so no key was tried but those of"
                    + " the archive's own state file\n"))
        #expect(!text.contains("NW54") && !JSONText.of(report.document).contains("NW54"))

        let both = try await inspection(
            "mid-rotation", keys: [keyA], inside: try Self.state([keyA, otherKeyB]))
        #expect(both.text.contains("\nneeds aescbc key-a (03652af3d3e2), in force\n"))
        #expect(both.text.contains("(4747103debdd) has another secret"))
    }

    @Test("RKE's archive with a state file that can't be read: a finding, and the rest is told")
    func archiveWithoutState() async throws {
        let (report, text) = try await inspection(
            "aescbc-key-a", keys: [keyA], inside: Data("no JSON".utf8))
        #expect(report.isAsItShouldBe && text.contains("(03652af3d3e2), in force\n"))
        #expect(
            text.contains(
                "finding: the archive's own state file can't be read, so its keys weren't tried: "),
            "\(text)")
        #expect(!text.contains("/proc/"))
    }

    @Test("archives without a snapshot, or with a damaged one: told of the file that was named")
    func noSnapshot() async throws {
        let path = NSTemporaryDirectory() + "inspect-\(UUID().uuidString).zip"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (entries, says) in [
            ([("/etc/kubernetes/a.rkestate", "{}")], "there is no snapshot in it"),
            ([("a", "x"), ("b", "x")], "2 of its entries could be the snapshot"),
            ([("/backup/a", "x"), ("b", "x")], "this can't be read as a snapshot of etcd"),
        ] {
            try RKEArchive.of(entries.map { ($0.0, Data($0.1.utf8)) })
                .write(to: URL(fileURLWithPath: path))
            let fault = try await #require(
                #expect(throws: Fault.self) {
                    try await SnapshotInspecting(
                        state: path + ".rkestate", prefix: "/registry", report: { _ in }
                    ).inspect(file: path)
                })
            #expect(fault.code == .corrupt && fault.place?.file == path)
            #expect(fault.message.contains(says), "\(fault)")
        }
    }
}
