import Basics
import Foundation
import TestSupport
import Testing

@testable import ControlPlane

/// Processes of a user without rights that want to be taken for a kube-apiserver, or to put in a
/// word where the node's processes are looked at. They are in the network of a server that is one.
@Suite struct StaticPodImpostorTests {
    private static let user: UInt32 = 65534

    /// - Parameter script: what it does before it waits.
    private static func impostor(
        beside kubelet: FakeKubelet, doing script: String = ":"
    ) async throws -> SpawnedProcess {
        // Nobody ever writes to it.
        let never = open("\(kubelet.folder)/state/never", O_RDWR)
        defer { close(never) }
        let words = [
            "setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "bash", "-c",
            #"exec -a kube-apiserver sh -c "$1" x --etcd-servers=https://127.0.0.1:2379"#, "x",
            "\(script); read -r never; :",
        ]
        let process = try SpawnedProcess(
            kubelet.shell.prefix + words, input: .descriptor(never))
        for _ in 0..<400 where !isReady(process) { try await Task.sleep(for: .milliseconds(25)) }
        return process
    }

    /// Whether it has its command line and waits.
    private static func isReady(_ process: SpawnedProcess) -> Bool {
        let folder = "/proc/\(process.identifier)"
        let words = try? String(contentsOfFile: "\(folder)/cmdline", encoding: .utf8)
        let state = try? String(contentsOfFile: "\(folder)/stat", encoding: .utf8)
        return words?.hasPrefix("kube-apiserver\0") == true && state?.contains(") S ") == true
    }

    private func withKubelet(
        _ text: String = FakeKubelet.plain,
        _ body: (FakeKubelet, StaticPodRuntime) async throws -> Void
    ) async throws {
        let kubelet = try FakeKubelet(text)
        defer { kubelet.end() }
        try await kubelet.untilServing()
        let runtime = try #require(try kubelet.node().runtime as? StaticPodRuntime)
        try await body(kubelet, runtime)
    }

    @Test("another user's process with a server's words, seen and not taken for one")
    func otherUser() async throws {
        try await withKubelet { kubelet, runtime in
            let before = try await runtime.inspect().identity
            let impostor = try await Self.impostor(beside: kubelet)
            defer { impostor.end(by: SIGKILL) }
            let server = try await runtime.server()
            let seen = server.sight.processes.first { $0.pid == Int(impostor.identifier) }
            #expect(seen?.user == Self.user)
            #expect(server.processes.count == 1)
            #expect(try await runtime.inspect().identity == before)
        }
    }

    @Test("the user that the manifest names, taken for its server")
    func namedUser() async throws {
        let text = FakeKubelet.plain.replacingOccurrences(
            of: "    image:", with: "    securityContext:\n      runAsUser: 65534\n    image:")
        try await withKubelet(text) { kubelet, runtime in
            let impostor = try await Self.impostor(beside: kubelet)
            defer { impostor.end(by: SIGKILL) }
            #expect(try await runtime.server().process?.pid == Int(impostor.identifier))
        }
    }

    @Test("a name with line feeds and brackets, nothing of it is read as words of the script")
    func name() async throws {
        try await withKubelet { kubelet, runtime in
            let impostor = try await Self.impostor(
                beside: kubelet, doing: #"printf "x) S\ncopy\n" >/proc/self/comm"#)
            defer { impostor.end(by: SIGKILL) }
            let sight = try await runtime.look()
            #expect(!sight.hasCopy)
            let seen = try #require(
                sight.processes.first { $0.pid == Int(impostor.identifier) })
            #expect(seen.user == Self.user && seen.parent > 0)
        }
    }
}
