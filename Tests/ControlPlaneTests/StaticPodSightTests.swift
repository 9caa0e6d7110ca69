import APIServerSpec
import Basics
import Foundation
import SSH
import Testing

@testable import ControlPlane

@Suite struct StaticPodSightTests {
    /// As of a node that has been up for 1000 s at 2026-11-21T00:00:00.5Z.
    private static let clock = "1795219200.500000000 1000.00 100 b00t"

    private static func stat(
        _ pid: Int, user: Int = 0, state: String = "S", parent: Int = 1, ticks: Int
    ) -> String {
        "\(pid) \(user) \(state) \(parent) "
            + (5...21).map(String.init).joined(separator: " ") + " \(ticks) 23 24"
    }

    private static func hex(_ words: [String]) -> String {
        words.flatMap { Array($0.utf8) + [0] }.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            .joined(separator: " ")
    }

    private static let server = ["/usr/local/bin/kube-apiserver", "--etcd-servers=https://a:2379"]

    @Test(
        "a process started so long after boot, the moment of it by the time of day",
        arguments: [
            (100_000, 0, 500_000_000), (99_950, 0, 0), (99_940, -1, 900_000_000),
            (0, -1000, 500_000_000), (100_001, 0, 510_000_000),
        ] as [(Int, Int64, Int32)])
    func started(ticks: Int, seconds: Int64, nanoseconds: Int32) throws {
        let clock = try #require(NodeClock(Self.clock))
        let moment = try #require(clock.moment(ofTick: ticks))
        #expect(moment.seconds == 1_795_219_200 + seconds)
        #expect(abs(moment.nanoseconds - nanoseconds) < 1000)
    }

    @Test(
        "a clock that can't be one, none",
        arguments: [
            "", "x", "1 2 3", "1 2 0 b", "1 -1 100 b", "1 nan 100 b",
            "99999999999999999999 1 100 b",
            "1 1 100 b c", "9223372036854775807 1 100 b", "-5 1 100 b", "1 9300000000 100 b",
        ])
    func badClock(line: String) { #expect(NodeClock(line) == nil) }

    @Test("a process, each of its fields where the line has it")
    func fields() throws {
        let clock = try #require(NodeClock(Self.clock))
        let process = try #require(
            NodeProcess(
                line: Self.stat(42, user: 1000, parent: 7, ticks: 5),
                commandLine: "61 00 62 20 63 00",
                clock: clock))
        #expect(process.pid == 42 && process.parent == 7 && process.startTicks == 5)
        #expect(process.user == 1000)
        #expect(process.words == ["a", "b c"])
        #expect(process.identity == "b00t/42/5")
    }

    @Test(
        "what can't be a process, nil",
        arguments: [
            ("42 0", "61 00"), ("42 0 S 1 2 3", "61 00"), ("x 0 S", "61"), ("", ""),
            (Self.stat(1, state: "Z", ticks: 1), "61 00"), (Self.stat(1, ticks: 1), ""),
            (Self.stat(1, ticks: 1), "zz"), (Self.stat(1, ticks: -1), "61 00"),
            (Self.stat(1, user: -1, ticks: 1), "61 00"),
            (Self.stat(1, user: 1 << 32, ticks: 1), "61 00"),
        ])
    func noProcess(line: String, commandLine: String) throws {
        let clock = try #require(NodeClock(Self.clock))
        #expect(NodeProcess(line: line, commandLine: commandLine, clock: clock) == nil)
    }

    private func sight(_ lines: [String], status: Int = 0) throws -> StaticPodSight {
        try StaticPodSight(
            SSHCommandResult(
                ending: .status(status),
                output: SecretBytes(copying: (lines.joined(separator: "\n") + "\n").utf8),
                errorOutput: ""), manifest: "/m/kube-apiserver.yaml")
    }

    @Test("everything at once, each part found and the manifest to its last byte")
    func whole() throws {
        let sight = try sight([
            "clock \(Self.clock)",
            "process " + Self.stat(9, ticks: 900), "cmdline " + Self.hex(Self.server),
            "process " + Self.stat(8, ticks: 800), "cmdline " + Self.hex(Self.server),
            "file /m/kube-apiserver.yaml", "file /m/a b.bak", "copy",
            "log /var/log/pods/kube-system_kube-apiserver-n_u2/kube-apiserver/1.log",
            "log /var/log/pods/kube-system_kube-apiserver-n_u1/kube-apiserver/10.log",
            "log nonsense", "manifest",
            "600 0 0|2026-11-21 03:37:23.200837804 +0000|2026-11-21 03:37:23.200837804 +0000",
            "copy", "manifest",
        ])
        #expect(sight.processes.map(\.pid) == [8, 9])
        #expect(sight.files == ["/m/kube-apiserver.yaml", "/m/a b.bak"])
        #expect(sight.hasCopy)
        #expect(sight.logs.map(\.attempt) == [1, 10])
        #expect(sight.logs.first?.folder == "kube-system_kube-apiserver-n_u2")
        #expect(sight.manifest?.contents.exposedText() == "copy\nmanifest\n")
    }

    @Test("no manifest, known and not guessed")
    func absent() throws {
        let absent = try sight(
            ["clock \(Self.clock)", "manifest"], status: FileScripts.Problem.absent.rawValue)
        #expect(absent.manifest == nil && !absent.hasCopy)
        #expect(throws: Fault.self) {
            try sight(
                ["clock \(Self.clock)", "manifest"],
                status: FileScripts.Problem.symbolicLink.rawValue)
        }
        #expect(throws: Fault.self) { try sight(["clock \(Self.clock)", "manifest"], status: 1) }
        #expect(throws: Fault.self) { try sight(["clock \(Self.clock)"]) }
        #expect(throws: Fault.self) { try sight(["clock ?", "manifest", ""]) }
    }

    @Test("servers among what has their words; wrappers, probes and other programs aren't")
    func servers() throws {
        let clock = try #require(NodeClock(Self.clock))
        func process(
            _ pid: Int, user: Int = 0, parent: Int = 1, _ words: [String]
        ) throws -> NodeProcess {
            try #require(
                NodeProcess(
                    line: Self.stat(pid, user: user, parent: parent, ticks: pid),
                    commandLine: Self.hex(words), clock: clock))
        }
        let all = [
            try process(10, ["/go-runner", "--log-file=/l"] + Self.server),
            try process(11, parent: 10, Self.server),
            try process(12, ["grep", "-e", "--etcd-servers"]),
            try process(13, ["sh", "-c", "exec kube-apiserver --etcd-servers=x"]),
            try process(14, ["/bin/openshift-apiserver", "--etcd-servers=x"]),
            try process(15, ["/hyperkube", "apiserver", "--etcd_servers", "x"]),
            try process(16, user: 1000, parent: 11, Self.server),
        ]
        func found(_ names: Set<String>, by users: Set<UInt32> = [0]) -> [Int] {
            StaticPodSight.servers(of: all, called: names, by: users).map(\.pid)
        }
        #expect(found(["kube-apiserver"]) == [11])
        #expect(found(["hyperkube", "apiserver"]) == [15])
        #expect(found(["kube-apiserver"], by: [0, 1000]) == [16])
    }

    @Test(
        "the users that a manifest lets its server run as, root and those that it names",
        arguments: [
            ("", [0]), ("    securityContext:\n      runAsUser: 994\n", [0, 994]),
            ("    securityContext: {\"runAsUser\" : 994, runAsGroup: 5}\n", [0, 994]),
            ("    securityContext:\n      runAsUser: 99999999999999999999\n", [0]),
        ] as [(String, Set<UInt32>)])
    func users(context: String, users: Set<UInt32>) throws {
        let text = FakeKubelet.plain.replacingOccurrences(
            of: "    image:", with: "\(context)    image:")
        let manifest = try APIServerManifest(SecretBytes(copying: text.utf8), file: "m")
        #expect(manifest.users == users)
    }

    @Test("log lines as container runtimes write them, only what the server said")
    func messages() {
        let text = """
            2026-11-21T03:37:23.2Z stderr F Error: one
            2026-11-21T03:37:23.2Z stdout P two  three
            {"log":"Error: four\\n","stream":"stderr","time":"2026-11-21T03:37:23.2Z"}
            {"log":"cut
            plain words of any length
            """
        #expect(
            ContainerLog.messages(in: text).split(separator: "\n")
                == [
                    "Error: one", "two  three", "Error: four", "cut",
                    "plain words of any length",
                ])
    }

    @Test("the scripts on this machine, this very process is found by its own words")
    func realProc() async throws {
        let shell = LocalShell()
        let result = try await shell.run(
            try ShellCommand.words(
                ShellCommand.script(
                    StaticPodScripts.look, ["/etc", "/none", "/etc/hostname-none", "/none"])))
        let sight = try StaticPodSight(result, manifest: "/etc/hostname-none")
        #expect(sight.manifest == nil && !sight.hasCopy)
        for process in sight.processes { #expect(!process.words.isEmpty) }
    }
}
