import Basics
import Foundation
import TestSupport
import Testing

@testable import ControlPlane

/// The steps of a restore in a member's data folder, by root's own shell.
@Suite(.enabled(if: geteuid() == 0)) struct EtcdDataTests {
    private let folder = NSTemporaryDirectory() + "etcd-data-\(UUID().uuidString)"

    /// - Parameters:
    ///   - path: where the scripts look for programs; nil is everywhere.
    ///   - patience: with another script that is at work.
    private func data(path: String? = nil, patience: Int = 60) -> EtcdData {
        let scripts = RootScripts(
            shell: LocalShell(prefix: path.map { ["env", "PATH=\($0)"] } ?? []), access: .root,
            dockerSocket: "/nowhere", image: { throw Fault(.failed, "no image is needed") })
        return EtcdData(
            scripts: scripts,
            EtcdMemberConfig(
                name: "a", dataFolder: folder, initialCluster: "a=http://a:2380",
                peerURLs: "http://a:2380", isRunning: false, imageID: "sha256:0"),
            restore: "ab12", patience: patience)
    }

    /// A folder for programs in the place of the node's own.
    private var programs: String { "\(folder)-programs" }

    /// Makes a program in the place of the node's own.
    ///
    /// - Returns: where to look for programs, so that it is found first.
    private func path(with name: String, doing script: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: programs, withIntermediateDirectories: true)
        try "#!/bin/sh\n\(script)\n".write(
            toFile: "\(programs)/\(name)", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: "\(programs)/\(name)")
        return "\(programs):/usr/bin:/bin"
    }

    private func tidy() {
        for path in [folder, programs] { try? FileManager.default.removeItem(atPath: path) }
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

    @Test("etcd started between the two renames, its empty member is found and nothing nested")
    func bootstrapped() async throws {
        defer { tidy() }
        try make([".": "empty", Self.before: "former", Self.restored: "new"])
        let fault = await #expect(throws: Fault.self) { try await data().swap() }
        #expect(fault?.code == .discrepancy)
        #expect(fault?.message.contains("at a time") == true)
        #expect(try left() == ["member", Self.before, Self.restored])
        let inside = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/member")
        #expect(inside == ["data"] && inForce == "empty")
        try await data().putBack()
        #expect(try left() == ["member"] && inForce == "former")
    }

    /// Deletes half of what it is told to and fails, as when the node is switched off meanwhile.
    private static let halfRemoval = """
        for f in "$@"; do if [ -e "$f" ]; then find "$f" -name data -exec /bin/rm {} +; exit 1; fi
        done
        """

    @Test("given up while prepared and cut off, what is half deleted isn't taken for prepared")
    func cutOffGivingUp() async throws {
        defer { tidy() }
        try make([".": "former", Self.restored: "new"])
        let path = try path(with: "rm", doing: Self.halfRemoval)
        await #expect(throws: Fault.self) { try await data(path: path).putBack() }
        #expect(try await data().state() == .untouched)
        try await data().putBack()
        #expect(try left() == ["member"] && inForce == "former")
    }

    @Test("cut off while the former is removed, what is half deleted isn't taken for the former")
    func cutOffDiscarding() async throws {
        defer { tidy() }
        try make([".": "new", Self.before: "former"])
        let path = try path(with: "rm", doing: Self.halfRemoval)
        await #expect(throws: Fault.self) { try await data(path: path).discardFormer() }
        #expect(try await data().state() == .untouched)
        try await data().putBack()
        #expect(try left() == ["member"] && inForce == "new")
    }

    @Test(
        "another script at work on the folder, nothing is touched; when it has ended, it goes on",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock")))
    func busy() async throws {
        defer { tidy() }
        try make([".": "former", Self.restored: "new"])
        let holder = try SpawnedProcess([
            "sh", "-c", #"exec 9<"$1"; flock 9; : >"$2"; exec sleep 60"#, "x", folder, programs,
        ])
        defer { holder.end() }
        for _ in 0..<400 where !FileManager.default.fileExists(atPath: programs) {
            try await Task.sleep(for: .milliseconds(25))
        }
        let hasty = data(patience: 0)
        let swapping = await #expect(throws: Fault.self) { try await hasty.swap() }
        let puttingBack = await #expect(throws: Fault.self) { try await hasty.putBack() }
        for fault in [swapping, puttingBack] {
            #expect(fault?.code == .conflict)
            #expect(fault?.message.contains("still at work") == true)
        }
        #expect(try await data().state() == .prepared)
        let patient = data()
        async let swapped: Void = patient.swap()
        holder.end()
        try await swapped
        #expect(inForce == "new")
    }

    @Test("a node without flock, everything done all the same")
    func withoutLock() async throws {
        defer { tidy() }
        try make([".": "former", Self.restored: "new"])
        try FileManager.default.createDirectory(
            atPath: programs, withIntermediateDirectories: true)
        for name in ["sh", "mv", "rm", "mkdir", "rmdir", "sync"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(programs)/\(name)", withDestinationPath: "/bin/\(name)")
        }
        try await data(path: programs).swap()
        #expect(inForce == "new")
        try await data(path: programs).putBack()
        #expect(try left() == ["member"] && inForce == "former")
    }

    @Test("a file system that tells of more room than there are numbers, no trap")
    func endlessSpace() async throws {
        defer { tidy() }
        try make([".": "former"])
        for (told, free) in [("9223372036854775807", Int.max), ("-5", 0), ("2", 2048)] {
            let path = try path(
                with: "df", doing: "echo Filesystem; echo x 1 1 \(told) 1% /")
            #expect(try await data(path: path).freeSpace() == free)
        }
    }

    @Test("free space, a number of bytes that makes sense")
    func space() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try make([".": "former"])
        #expect(try await data().freeSpace() > 1 << 20)
    }
}
