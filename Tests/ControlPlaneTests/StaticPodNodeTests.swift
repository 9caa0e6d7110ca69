import APIServerSpec
import Basics
import Crypto
import Foundation
import Testing

@testable import ControlPlane

@Suite struct StaticPodNodeTests {
    private static let path = "/etc/kubernetes/pki/encryption.yaml"

    private static func config(_ text: String, reload: Bool = false) -> DesiredConfig {
        .present(SecretBytes(copying: Array(text.utf8)), path: path, reload: reload)
    }

    private static let absent = DesiredConfig.absent(path: path)

    /// As quick as the servers of these tests, on a machine that may be busy.
    private static let patience = ReloadPatience(
        timeout: .seconds(30), refusalTimeout: .milliseconds(300), interval: .milliseconds(150))

    private func withKubelet(
        _ text: String = FakeKubelet.plain,
        _ body: (FakeKubelet, ControlPlaneNode) async throws -> Void
    ) async throws {
        let kubelet = try FakeKubelet(text)
        defer { kubelet.end() }
        try await kubelet.untilServing()
        try await body(kubelet, try kubelet.node())
    }

    @Test("from nothing to a config, to another, to none; the manifest ends as it began")
    func wholeLife() async throws {
        try await withKubelet { kubelet, node in
            let original = try kubelet.text()
            let before = try await node.observe()
            #expect(before.configFile == nil && before.process.isRunning)
            #expect(before.process.configPath == Self.path)
            #expect(before.process.securePort == 6443)
            for text in ["key one", "key two"] {
                let done = try await node.deploy(Self.config(text), kubelet.readiness)
                guard case .restarted = done.change else { throw Fault(.failed, "no restart") }
                #expect(kubelet.serving == text)
                #expect(done.configSHA256 == SHA256.digest(Array(text.utf8)).hex)
                let state = try await node.observe()
                #expect(state.isConfigLoaded())
                #expect(state.configFile?.permissions == .rootOnly)
                let again = try await node.deploy(Self.config(text), kubelet.readiness)
                #expect(again.change == .none)
                #expect(again.process.identity == done.process.identity)
            }
            let gone = try await node.deploy(Self.absent, kubelet.readiness)
            #expect(gone.configSHA256 == nil && gone.process.providerConfigPath == nil)
            #expect(kubelet.serving == "none")
            #expect(try kubelet.text() == original)
            #expect(try kubelet.names(in: "etc/kubernetes/pki") == [])
            #expect(try kubelet.names(in: "etc/kubernetes") == ["manifests", "pki"])
            #expect(try kubelet.names(in: "etc/kubernetes/manifests") == ["kube-apiserver.yaml"])
        }
    }

    @Test("a bad config on a server without one, the manifest's bytes are back and it serves")
    func badAfterNone() async throws {
        try await withKubelet { kubelet, node in
            let original = try kubelet.text()
            let fault = await #expect(throws: Fault.self) {
                _ = try await node.deploy(Self.config("BAD one"), kubelet.readiness)
            }
            #expect(fault?.message.contains("keeps ending") == true)
            #expect(fault?.message.contains("the former server is back and serves") == true)
            #expect(kubelet.serving == "none")
            #expect(try kubelet.text() == original)
            #expect(try kubelet.names(in: "etc/kubernetes/pki") == [])
            #expect(try kubelet.names(in: "etc/kubernetes") == ["manifests", "pki"])
        }
    }

    @Test("a bad config after a good one, file and manifest are as they were")
    func badAfterGood() async throws {
        try await withKubelet { kubelet, node in
            _ = try await node.deploy(Self.config("good"), kubelet.readiness)
            let manifest = try kubelet.text()
            let fault = await #expect(throws: Fault.self) {
                _ = try await node.deploy(Self.config("BAD one"), kubelet.readiness)
            }
            #expect(fault?.message.contains("the former server is back and serves") == true)
            #expect(kubelet.serving == "good")
            #expect(try kubelet.text() == manifest)
            #expect(try await node.observe().isConfigLoaded())
        }
    }

    @Test("the kubelet doesn't run, the manifest is put back and the reason is named")
    func deadKubelet() async throws {
        try await withKubelet { kubelet, node in
            let original = try kubelet.text()
            kubelet.setAlive(false)
            let fault = await #expect(throws: Fault.self) {
                _ = try await node.deploy(
                    Self.config("good"), kubelet.readiness(within: .seconds(1)))
            }
            #expect(fault?.message.contains("does the kubelet run?") == true)
            #expect(fault?.message.contains("the former server is back and serves") == true)
            #expect(try kubelet.text() == original)
            #expect(kubelet.serving == "none")
        }
    }

    @Test(
        "cut off after the manifest was written, the next run goes on from there",
        .timeLimit(.minutes(5)))
    func cutOff() async throws {
        try await withKubelet { kubelet, node in
            let runtime = try #require(node.runtime as? StaticPodRuntime)
            let former = SecretBytes(copying: try kubelet.text().utf8)
            let changed = try APIServerManifest(former, file: "").changed(
                by: ManifestChange(
                    argument: .set(path: Self.path, flag: .current, reload: false), stamp: "x"))
            try await node.files.write(
                runtime.copyPath, contents: former, permissions: .rootOnly)
            try await node.files.write(
                kubelet.manifest, contents: changed.contents, permissions: .rootOnly)
            // Its file was never written, so the server can't start, however long it is waited for.
            #expect(try await node.observe().process.isUnsettled)
            let done = try await node.deploy(
                Self.config("good"), kubelet.readiness(within: .seconds(600)))
            #expect(done.process.providerConfigPath == Self.path)
            #expect(kubelet.serving == "good")
            #expect(try kubelet.names(in: "etc/kubernetes") == ["manifests", "pki"])
        }
    }

    @Test("the manifest written anew by somebody else since, the copy is of the past")
    func overtaken() async throws {
        try await withKubelet { kubelet, node in
            let runtime = try #require(node.runtime as? StaticPodRuntime)
            let now = try kubelet.text()
            let past = now.replacingOccurrences(of: "v1.30.4", with: "v1.29.1")
            try await node.files.write(
                runtime.copyPath, contents: SecretBytes(copying: past.utf8),
                permissions: .rootOnly)
            try await runtime.settle(kubelet.readiness)
            #expect(try kubelet.text() == now)
            #expect(try kubelet.names(in: "etc/kubernetes") == ["manifests", "pki"])
        }
    }

    @Test("a backup in the manifests' folder, refused with both named")
    func backupBeside() async throws {
        try await withKubelet { kubelet, node in
            try kubelet.text().write(
                toFile: "\(kubelet.manifests)/kube-apiserver.yaml.bak", atomically: true,
                encoding: .utf8)
            let fault = await #expect(throws: Fault.self) { _ = try await node.observe() }
            #expect(fault?.code == .refused)
            #expect(fault?.message.contains("kube-apiserver.yaml.bak") == true)
        }
    }

    // MARK: Reload

    @Test("a server that reloads, another config is loaded by the same process")
    func reloaded() async throws {
        try await withKubelet { kubelet, node in
            let first = try await node.deploy(
                Self.config("one", reload: true), kubelet.readiness)
            #expect(first.process.hasAutomaticReload && first.process.reloadsChangedFile)
            let manifest = try kubelet.text()
            let contents = SecretBytes(copying: "two".utf8)
            let done = try #require(
                try await node.reload(contents, kubelet.readiness, Self.patience))
            #expect(done.change == .reloaded)
            #expect(done.process.identity == first.process.identity)
            #expect(kubelet.serving == "two")
            #expect(try kubelet.text() == manifest)
            let state = try await node.observe()
            #expect(!state.isConfigLoaded(), "by its start alone it couldn't be told")
            #expect(state.isConfigLoaded(try await kubelet.readiness.loaded()))
            #expect(!state.hasLeftovers)
            let gone = try await node.deploy(Self.absent, kubelet.readiness)
            #expect(!gone.process.hasAutomaticReload && kubelet.serving == "none")
        }
    }

    @Test("a file that the server refuses, the former one is put back and nothing restarted")
    func refusedReload() async throws {
        try await withKubelet { kubelet, node in
            let first = try await node.deploy(
                Self.config("one", reload: true), kubelet.readiness)
            let fault = await #expect(throws: Fault.self) {
                _ = try await node.reload(
                    SecretBytes(copying: "BAD".utf8), kubelet.readiness, Self.patience)
            }
            #expect(fault?.message.contains("refuses to load") == true)
            let state = try await node.observe()
            #expect(state.configFile?.sha256 == SHA256.digest(Array("one".utf8)).hex)
            #expect(state.process.identity == first.process.identity && !state.hasLeftovers)
            #expect(kubelet.serving == "one")
        }
    }

    @Test(
        "a refused file that somebody left there, replaced by a restart and not for ever in the way"
    )
    func refusedBefore() async throws {
        try await withKubelet { kubelet, node in
            _ = try await node.deploy(Self.config("one", reload: true), kubelet.readiness)
            try "BAD".write(
                toFile: "\(kubelet.folder)\(Self.path)", atomically: true, encoding: .utf8)
            let contents = SecretBytes(copying: "two".utf8)
            #expect(try await node.reload(contents, kubelet.readiness, Self.patience) == nil)
            #expect(kubelet.serving == "one")
            _ = try await node.deploy(Self.config("two"), kubelet.readiness)
            #expect(kubelet.serving == "two")
            #expect(try await !node.observe().hasLeftovers)
        }
    }

    @Test("a server that should reload and doesn't, nothing is claimed and a restart mends it")
    func deafServer() async throws {
        try await withKubelet { kubelet, node in
            _ = try await node.deploy(Self.config("one", reload: true), kubelet.readiness)
            try "".write(
                toFile: "\(kubelet.folder)/state/deaf", atomically: true, encoding: .utf8)
            let contents = SecretBytes(copying: "two".utf8)
            let patience = ReloadPatience(
                timeout: .milliseconds(400), refusalTimeout: .milliseconds(100),
                interval: .milliseconds(40))
            #expect(try await node.reload(contents, kubelet.readiness, patience) == nil)
            #expect(kubelet.serving == "one")
            #expect(try await node.observe().hasLeftovers)
            let done = try await node.deploy(Self.config("two"), kubelet.readiness)
            guard case .restarted = done.change else { throw Fault(.failed, "no restart") }
            #expect(kubelet.serving == "two")
            #expect(try await !node.observe().hasLeftovers)
        }
    }

    @Test("a server without automatic reload, or with the file alone mounted, isn't left to it")
    func notReloading() async throws {
        try await withKubelet { kubelet, node in
            _ = try await node.deploy(Self.config("one"), kubelet.readiness)
            let contents = SecretBytes(copying: "two".utf8)
            #expect(try await node.reload(contents, kubelet.readiness, Self.patience) == nil)
            #expect(kubelet.serving == "one")
            #expect(try await !node.observe().hasLeftovers)
        }
        let process = APIServerProcess(
            identity: "",
            arguments: [
                "kube-apiserver", "--encryption-provider-config=/e/c.yaml",
                "--encryption-provider-config-automatic-reload=true",
            ], isRunning: true, startedAt: nil, image: "",
            mounts: [HostMount(hostPath: "/srv/c.yaml", processPath: "/e/c.yaml")],
            usualConfigPath: "")
        #expect(process.hasAutomaticReload && !process.reloadsChangedFile)
    }

    @Test("resources that are kept in another etcd, by the argument's every entry")
    func keptElsewhere() {
        let process = APIServerProcess(
            identity: "",
            arguments: [
                "kube-apiserver",
                "--etcd-servers-overrides=/events#https://a:2383;https://b:2383,nonsense,"
                    + "coordination.k8s.io/leases#https://c:2385",
            ], isRunning: true, startedAt: nil, image: "", mounts: [], usualConfigPath: "")
        #expect(process.keptElsewhere == ["events", "leases.coordination.k8s.io"])
    }
}
