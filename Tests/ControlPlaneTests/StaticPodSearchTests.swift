import APIServerSpec
import Basics
import Foundation
import Testing

@testable import ControlPlane

@Suite struct StaticPodSearchTests {
    /// A node on which a kubelet runs that was told of a folder, and nothing else of it.
    private struct Node {
        let folder: String
        let network: Process
        let kubelet: Process

        /// - Parameters:
        ///   - words: the kubelet's, in which FOLDER stands for a folder of its own.
        ///   - user: what it is run by, such as another user.
        init(_ words: [String], as user: [String] = []) throws {
            let folder = "/tmp/search-\(UUID().uuidString.prefix(8).lowercased())"
            self.folder = folder
            for path in ["manifests", "others", "conf.d"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
            }
            network = try Self.start("/usr/bin/unshare", ["--net", "sleep", "60"])
            usleep(100_000)
            let place = "--net=/proc/\(network.processIdentifier)/ns/net"
            let told = words.map { $0.replacingOccurrences(of: "FOLDER", with: folder) }
            kubelet = try Self.start(
                "/usr/bin/nsenter",
                [place] + user + [
                    "bash", "-c", "exec -a /usr/bin/kubelet bash -c 'sleep 60; :' \"$@\"", "x",
                ] + told)
            usleep(200_000)
        }

        private static func start(_ program: String, _ words: [String]) throws -> Process {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = words
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }

        func write(_ text: String, to path: String) throws {
            try text.write(toFile: "\(folder)/\(path)", atomically: true, encoding: .utf8)
        }

        func search() async throws -> StaticPodSearch.Finding {
            let shell = LocalShell(
                prefix: ["nsenter", "--net=/proc/\(network.processIdentifier)/ns/net"])
            return try await StaticPodSearch(scripts: shell.scripts).find()
        }

        func end() {
            kubelet.terminate()
            network.terminate()
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private func withNode(
        _ words: [String], _ body: (Node) async throws -> Void
    ) async throws {
        let node = try Node(words)
        defer { node.end() }
        try await body(node)
    }

    @Test(
        "the folder by argument, by config or by the last drop-in, the manifest there is found",
        arguments: [
            (["--pod-manifest-path=FOLDER/manifests/"], nil, nil),
            (["--pod-manifest-path", "FOLDER/manifests", "--config=FOLDER/config"], "others", nil),
            (["--config=FOLDER/config"], "manifests", nil),
            (["--config", "FOLDER/config", "--config-dir=FOLDER/conf.d"], "others", "manifests"),
        ] as [([String], String?, String?)])
    func found(words: [String], config: String?, dropIn: String?) async throws {
        try await withNode(words) { node in
            func text(_ name: String) -> String {
                "kind: KubeletConfiguration\nstaticPodPath: \(node.folder)/\(name)\n"
            }
            if let config { try node.write(text(config), to: "config") }
            if let dropIn {
                try node.write(text("others"), to: "conf.d/10-first.conf")
                try node.write(text(dropIn), to: "conf.d/20-last.conf")
                try node.write(text("others"), to: "conf.d/30-none.yaml")
            }
            try node.write(FakeKubelet.plain, to: "manifests/kube-apiserver.yaml")
            try node.write("kind: Pod # of etcd", to: "manifests/etcd.yaml")
            guard case .apiServer(let manifest) = try await node.search() else {
                throw Fault(.failed, "not found")
            }
            #expect(manifest == "\(node.folder)/manifests/kube-apiserver.yaml")
        }
    }

    @Test("two manifests, or one that belongs to another program, refused with names")
    func refused() async throws {
        try await withNode(["--pod-manifest-path=FOLDER/manifests"]) { node in
            try node.write(
                FakeKubelet.plain.replacingOccurrences(
                    of: "/etc/kubernetes/pki/apiserver.key",
                    with: "/srv/kubernetes/kube-apiserver/server.key"),
                to: "manifests/kube-apiserver.manifest")
            let foreign = await #expect(throws: Fault.self) { try await node.search() }
            #expect(foreign?.code == .refused && foreign?.message.contains("kOps") == true)
            try node.write(FakeKubelet.plain, to: "manifests/kube-apiserver.yaml.bak")
            let several = await #expect(throws: Fault.self) { try await node.search() }
            #expect(several?.code == .refused)
            #expect(several?.message.contains("kube-apiserver.yaml.bak") == true)
        }
    }

    @Test("another user's process that calls itself a kubelet, not asked where manifests are")
    func otherUser() async throws {
        let node = try Node(
            ["--pod-manifest-path=FOLDER/manifests"],
            as: ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"])
        defer { node.end() }
        try node.write("kind: Pod # of etcd", to: "manifests/etcd.yaml")
        guard case .nothing(let folder) = try await node.search() else {
            throw Fault(.failed, "something was found")
        }
        #expect(folder == StaticPodSearch.usualFolder)
    }

    @Test("no kube-apiserver, known apart from a node of etcd alone")
    func none() async throws {
        try await withNode(["--pod-manifest-path=FOLDER/manifests"]) { node in
            guard case .nothing(let folder) = try await node.search() else {
                throw Fault(.failed, "something was found")
            }
            #expect(folder == "\(node.folder)/manifests")
            try node.write("kind: Pod # of etcd", to: "manifests/etcd.yaml")
            guard case .onlyEtcd = try await node.search() else {
                throw Fault(.failed, "etcd wasn't found")
            }
        }
    }
}
