/// A static pod's manifest in the form in which kubeadm writes one: keys sorted, everything there
/// that its version of the API's types has.
struct PodShape {
    struct Mount {
        let name: String
        /// The same on the node and in the container.
        let path: String
        let isReadOnly: Bool
    }

    struct Probe {
        let host: String
        let port: Int
        let scheme: String
        let live: String
        let ready: String
        let start: String
    }

    let component: Component
    let image: String
    let annotation: String
    let command: [String]
    let version: KubernetesVersion
    var environment: [String: String] = [:]
    var requests: [String] = []
    var probe: Probe?
    var mounts: [Mount] = []

    /// From 1.34 on a port has a name, and the time of creation isn't written as null any more.
    private var isOfNewTypes: Bool { version.minor >= 34 }

    var yaml: String {
        var lines = [
            "apiVersion: v1", "kind: Pod", "metadata:", "  annotations:", "    \(annotation)",
        ]
        if !isOfNewTypes { lines.append("  creationTimestamp: null") }
        lines += [
            "  labels:", "    component: \(component.rawValue)", "    tier: control-plane",
            "  name: \(component.rawValue)", "  namespace: kube-system", "spec:", "  containers:",
            "  - command:",
        ]
        lines += command.map { "    - \($0)" }
        if !environment.isEmpty { lines.append("    env:") }
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            lines += ["    - name: \(name)", "      value: \"\(value)\""]
        }
        lines += ["    image: \(image)", "    imagePullPolicy: IfNotPresent"]
        lines += probe.map(health) ?? []
        lines.append("    volumeMounts:")
        for mount in mounts {
            lines += ["    - mountPath: \(mount.path)", "      name: \(mount.name)"]
            if mount.isReadOnly { lines.append("      readOnly: true") }
        }
        lines.append("  hostNetwork: true")
        if version.minor >= 27 { lines.append("  priority: 2000001000") }
        lines += [
            "  priorityClassName: system-node-critical", "  securityContext:",
            "    seccompProfile:", "      type: RuntimeDefault", "  volumes:",
        ]
        for mount in mounts {
            lines += [
                "  - hostPath:", "      path: \(mount.path)", "      type: DirectoryOrCreate",
                "    name: \(mount.name)",
            ]
        }
        return (lines + ["status: {}"]).map { $0 + "\n" }.joined()
    }

    /// The probes, with what stands between them in the order of the alphabet.
    private func health(_ probe: Probe) -> [String] {
        let ports = [
            "    ports:", "    - containerPort: \(probe.port)", "      name: probe-port",
            "      protocol: TCP",
        ]
        let resources = ["    resources:", "      requests:"] + requests.map { "        \($0)" }
        return section("livenessProbe", probe, probe.live, failures: 8)
            + ["    name: \(component.rawValue)"] + (isOfNewTypes ? ports : [])
            + section("readinessProbe", probe, probe.ready, failures: 3) + resources
            + section("startupProbe", probe, probe.start, failures: 24)
    }

    private func section(
        _ name: String, _ probe: Probe, _ path: String, failures: Int
    ) -> [String] {
        let isReadiness = name == "readinessProbe"
        return [
            "    \(name):", "      failureThreshold: \(failures)", "      httpGet:",
            "        host: \(probe.host)", "        path: \(path)",
            "        port: \(isOfNewTypes ? "probe-port" : "\(probe.port)")",
            "        scheme: \(probe.scheme)",
        ] + (isReadiness ? [] : ["      initialDelaySeconds: 10"])
            + ["      periodSeconds: \(isReadiness ? 1 : 10)", "      timeoutSeconds: 15"]
    }
}
