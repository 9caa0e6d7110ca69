import Basics
import Foundation
import Testing

@testable import ControlPlane

/// The steps of a restore in a member's data folder, by root's own shell.
@Suite(.enabled(if: geteuid() == 0)) struct EtcdDataTests {
    private let folder = NSTemporaryDirectory() + "etcd-data-\(UUID().uuidString)"

    private func data() -> EtcdData {
        let scripts = RootScripts(
            shell: LocalShell(), access: .root, dockerSocket: "/nowhere",
            image: { throw Fault(.failed, "no image is needed") })
        return EtcdData(
            scripts: scripts,
            EtcdMemberConfig(
                name: "a", dataFolder: folder, initialCluster: "a=http://a:2380",
                peerURLs: "http://a:2380", isRunning: false, imageID: "sha256:0"),
            restore: "ab12")
    }

    /// Makes files whose content says which data they are of.
    private func make(_ files: [String: String]) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (path, text) in files {
            let file = URL(fileURLWithPath: "\(folder)/\(path)/member/data")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    private var inForce: String? {
        try? String(contentsOfFile: "\(folder)/member/data", encoding: .utf8)
    }

    private func left() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private static let restored = "orchestrator-restore-ab12"
    private static let before = "orchestrator-before-ab12"

    /// Every state that a step which was cut off leaves.
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let files: [String: String]
        let state: EtcdData.State
    }

    private static let rows = [
        Row(testDescription: "untouched", files: [".": "former"], state: .untouched),
        Row(
            testDescription: "cut off while it was prepared",
            files: [".": "former", "orchestrator-restore-ab12.partial-0a": "half"],
            state: .untouched),
        Row(
            testDescription: "prepared", files: [".": "former", restored: "new"], state: .prepared),
        Row(
            testDescription: "between", files: [before: "former", restored: "new"],
            state: .between),
        Row(testDescription: "swapped", files: [".": "new", before: "former"], state: .swapped),
        Row(
            testDescription: "cut off while it was put back",
            files: [before: "former", "orchestrator-discard-ab12": "new"], state: .between),
    ]

    @Test("every state, told and gone on from: in force in the end what is to be", arguments: rows)
    func states(_ row: Row) async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try make(row.files)
        #expect(try await data().state() == row.state)
        try await data().putBack()
        #expect(try left() == ["member"] && inForce == "former")
        #expect(try await data().state() == .untouched)
        // Again: nothing to do.
        try await data().putBack()
        #expect(inForce == "former")
    }

    @Test("prepared or between, swapped by one step or the same again; then the former goes")
    func forward() async throws {
        for row in Self.rows[2...4] {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try make(row.files)
            try await data().swap()
            #expect(inForce == "new")
            #expect(try await data().state() == .swapped)
            try await data().swap()
            #expect(inForce == "new")
            try await data().discardFormer()
            #expect(try left() == ["member"] && inForce == "new")
        }
    }

    @Test("the member's data lost altogether, the restored put in its place")
    func lost() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try make([Self.restored: "new"])
        #expect(try await data().state() == .between)
        try await data().swap()
        #expect(inForce == "new")
    }

    @Test("three kinds of data at a time, refused and left alone")
    func confused() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try make([".": "x", Self.restored: "y", Self.before: "z"])
        await #expect(throws: Fault.self) { try await data().state() }
        #expect(inForce == "x")
    }

    @Test("free space, a number of bytes that makes sense")
    func space() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try make([".": "former"])
        #expect(try await data().freeSpace() > 1 << 20)
    }
}
