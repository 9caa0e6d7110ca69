import APIServerSpec
import Basics
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ControlPlane

/// Runs one pod from a manifest as the kubelet does where it matters: any change of the manifest's
/// bytes ends the process and starts another; one that ends is started again, a little later each
/// time. The processes are real, in a network of their own, so that servers of other tests aren't
/// seen.
final class FakeKubelet: Sendable {
    /// «Serving» is a file with the config that was loaded, gone when the server ends. A config that
    /// is empty or says BAD is refused, as kube-apiserver refuses one that somebody is still writing.
    private static let script = """
        config= reload= loaded=
        exec 3<>STATE/never
        for word in "$@"; do
          case "$word" in
            --encryption-provider-config=*) config="${word#*=}";;
            --encryption-provider-config-automatic-reload=true) reload=yes;;
          esac
        done
        rm -f STATE/serving
        trap 'rm -f STATE/serving; exit 0' TERM
        echo "2026-11-21T03:37:23Z stderr F I1121 03:37:23.2 1 server.go:1] starting" >&2
        load() {
          if [ -n "$config" ]; then
            if [ ! -r "HOST$config" ]; then
              echo "2026-11-21T03:37:23Z stderr F Error: open $config: no such file" >&2; return 1
            fi
            now=; IFS= read -r -d '' now <"HOST$config"
            if [[ -z "$now" || "$now" == *BAD* ]]; then
              echo "2026-11-21T03:37:23Z stderr F Error: bad provider {$now}" >&2
              return 1
            fi
            loaded=$now
            printf %s "$loaded" >STATE/serving.new
          else
            echo none >STATE/serving.new
          fi
          mv STATE/serving.new STATE/serving
        }
        load || exit 1
        # Waits without a process of its own: tests have many servers on few cores.
        while true; do read -r -t 0.05 -u 3
          if [ -n "$reload" ] && [ ! -e STATE/deaf ]; then
            now=; { IFS= read -r -d '' now <"HOST$config"; } 2>/dev/null
            if [ "$now" != "$loaded" ]; then
              if load; then date +%s.%N >STATE/reloaded; else date +%s.%N >STATE/refused; fi
            fi
          fi
        done
        """

    let folder: String
    private let network: SpawnedProcess
    private let isAlive = Mutex(true)
    private let isEnded = Mutex(false)
    private let over = DispatchSemaphore(value: 0)

    var manifests: String { "\(folder)/etc/kubernetes/manifests" }
    var manifest: String { "\(manifests)/kube-apiserver.yaml" }

    /// - Parameter manifest: the text of it, in which HOST stands for the node's root folder.
    init(_ text: String = FakeKubelet.plain) throws {
        folder = "/tmp/kubelet-\(UUID().uuidString.prefix(8).lowercased())"
        for path in ["etc/kubernetes/manifests", "etc/kubernetes/pki", "state", "bin", "logs"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
        }
        guard mkfifo("\(folder)/state/never", 0o600) == 0 else {
            throw Fault(.failed, "can't make a pipe in \(folder)")
        }
        let server = Self.script.replacingOccurrences(of: "STATE", with: "\(folder)/state")
            .replacingOccurrences(of: "HOST", with: folder)
        try "#!/bin/bash\n\(server)".write(
            toFile: "\(folder)/bin/kube-apiserver", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: "\(folder)/bin/kube-apiserver")
        network = try SpawnedProcess([
            "/usr/bin/unshare", "--net", "--kill-child", "--fork", "sleep", "600",
        ])
        try text.replacingOccurrences(of: "HOST", with: folder)
            .write(toFile: self.manifest, atomically: true, encoding: .utf8)
        try OwnThread.start(named: "kubelet") { [self] in run() }
    }

    /// Returns when nothing of it is left.
    func end() {
        isEnded.withLock { $0 = true }
        over.wait()
    }

    /// Whether it does anything.
    func setAlive(_ alive: Bool) { isAlive.withLock { $0 = alive } }

    private func run() {
        var current: String?
        var process: SpawnedProcess?
        var starts = 0
        var pod = ""
        while !isEnded.withLock({ $0 }) {
            usleep(20_000)
            guard isAlive.withLock({ $0 }) else { continue }
            let text = try? String(contentsOfFile: manifest, encoding: .utf8)
            if text != current {
                process?.end()
                (current, process, starts) = (text, nil, 0)
                pod = UUID().uuidString
            }
            guard let text, process?.isRunning != true else { continue }
            if process != nil { usleep(UInt32(100_000 * starts)) }
            process = start(text, "\(folder)/logs/kube-system_kube-apiserver-n1_\(pod)", starts)
            starts += 1
        }
        process?.end()
        // It takes no notice of anything less.
        network.end(by: SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
        over.signal()
    }

    private func start(_ text: String, _ logs: String, _ attempt: Int) -> SpawnedProcess? {
        guard
            let manifest = try? APIServerManifest(
                SecretBytes(copying: text.utf8), file: "manifest")
        else { return nil }
        let log = "\(logs)/kube-apiserver/\(attempt).log"
        try? FileManager.default.createDirectory(
            atPath: "\(logs)/kube-apiserver", withIntermediateDirectories: true)
        return try? SpawnedProcess(
            [
                "/usr/bin/nsenter", "--net=/proc/\(network.identifier)/ns/net",
                "\(folder)/bin/kube-apiserver",
            ] + manifest.arguments.words.dropFirst(), errors: .file(log))
    }

    /// The config that the running server has loaded; `none` without; nil when none serves.
    var serving: String? {
        (try? String(contentsOfFile: "\(folder)/state/serving", encoding: .utf8))?
            .trimmingCharacters(in: .newlines)
    }

    func text() throws -> String { try String(contentsOfFile: manifest, encoding: .utf8) }

    func untilServing() async throws {
        for _ in 0..<2400 where serving == nil { try await Task.sleep(for: .milliseconds(25)) }
    }

    private func moment(_ name: String) -> Timestamp? {
        let text = try? String(contentsOfFile: "\(folder)/state/\(name)", encoding: .utf8)
        let parts = text?.trimmingCharacters(in: .newlines).split(separator: ".") ?? []
        guard parts.count == 2, let seconds = Int64(parts[0]), let nanoseconds = Int32(parts[1])
        else { return nil }
        return Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    }

    var readiness: Readiness { readiness(within: .seconds(60)) }

    func readiness(within timeout: Duration) -> Readiness {
        Readiness(timeout: timeout, interval: .milliseconds(200)) { [self] in
            LoadedConfig(reloaded: moment("reloaded"), refused: moment("refused"))
        } isReady: { [self] in
            serving != nil
        }
    }

    var shell: LocalShell {
        LocalShell(prefix: ["nsenter", "--net=/proc/\(network.identifier)/ns/net"])
    }

    func node() throws -> ControlPlaneNode {
        let runtime = try StaticPodRuntime(
            scripts: shell.scripts, manifest: manifest, logFolder: "\(folder)/logs")
        return ControlPlaneNode(
            name: "n1", address: "127.0.0.1", files: runtime.files, runtime: runtime)
    }

    func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(path)").sorted()
    }

    /// In the shape that kubeadm gives it.
    static let plain = """
        apiVersion: v1
        kind: Pod
        metadata:
          annotations:
            kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: 192.0.2.10:6443
          creationTimestamp: null
          labels:
            component: kube-apiserver
            tier: control-plane
          name: kube-apiserver
          namespace: kube-system
        spec:
          containers:
          - command:
            - kube-apiserver
            - --advertise-address=192.0.2.10
            - --client-ca-file=/etc/kubernetes/pki/ca.crt
            - --etcd-servers=https://127.0.0.1:2379
            - --secure-port=6443
            - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
            image: registry.k8s.io/kube-apiserver:v1.30.4
            name: kube-apiserver
            volumeMounts:
            - mountPath: /etc/kubernetes/pki
              name: k8s-certs
              readOnly: true
          hostNetwork: true
          terminationGracePeriodSeconds: 5
          volumes:
          - hostPath:
              path: HOST/etc/kubernetes/pki
              type: DirectoryOrCreate
            name: k8s-certs
        status: {}

        """
}
