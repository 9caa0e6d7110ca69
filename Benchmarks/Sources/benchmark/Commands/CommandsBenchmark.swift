internal import Basics
internal import Foundation

/// Times the commands on clusters of three nodes.
struct CommandsBenchmark {
    let orchestrator: Program
    let lab: Program
    /// nil for the one that `lab up` finds.
    let apiServer: String?
    let rounds: Int
    let rotations: Int
    let scratch: ScratchFolder

    static let nodes = 3
    static let secrets = 1000

    /// Starts a cluster, encrypts it, and measures it.
    func result(_ form: ControlPlaneForm) throws -> CommandsResult {
        say("==> \(Self.nodes) nodes with \(form.rawValue)")
        let cluster = try BenchmarkCluster.up(
            nodes: Self.nodes, ["--runtime", form.rawValue, "--encryption", "on"], lab: lab,
            apiServer: apiServer, in: scratch)
        do {
            let result = try measure(form, cluster)
            try cluster.down()
            return result
        } catch {
            try? cluster.down()
            throw error
        }
    }

    private func measure(
        _ form: ControlPlaneForm, _ cluster: BenchmarkCluster
    ) throws -> CommandsResult {
        try lab.run(["fill", "--dir", cluster.folder, "--secrets", "\(Self.secrets)"], in: scratch)
        try orchestrator.run(
            ["up", "--fast", "--quiet", "--config", cluster.configuration], in: scratch)
        let contestants = try contestants(form, cluster)
        let measured = try Measuring(rounds: rounds + 1, in: scratch).measure(contestants)
        let meter = try ProgramMeter(in: scratch)
        return CommandsResult(
            form: form, server: try server(cluster),
            commands: Dictionary(
                uniqueKeysWithValues: zip(contestants.map(\.name), measured)),
            rotations: try (1...rotations).map { number in
                let rotation = try rotate(cluster, meter)
                say("rotation \(number): \(rotation.seconds.told) s, \(rotation.rest.told) its own")
                return rotation
            })
    }

    private func contestants(
        _ form: ControlPlaneForm, _ cluster: BenchmarkCluster
    ) throws -> [Contestant] {
        let own = [
            ("encrypt status", ["encrypt", "status"]), ("encrypt verify", ["encrypt", "verify"]),
            ("up", ["up"]),
        ]
        return [try login(form, cluster)]
            + own.map { name, words in
                Contestant(
                    name: name, program: orchestrator,
                    arguments: words + ["--quiet", "--config", cluster.configuration])
            }
    }

    /// OpenSSH's client on all nodes at once, reading what no status can do without.
    private func login(
        _ form: ControlPlaneForm, _ cluster: BenchmarkCluster
    ) throws -> Contestant {
        let ssh = """
            ssh -F none -o BatchMode=yes -o UserKnownHostsFile=\(cluster.folder)/known_hosts \
            -i \(cluster.folder)/id_ed25519
            """
        let each = cluster.nodes.map { node in
            "\(ssh) root@\(node.address) '(\(form.reading)) >/dev/null' & p\(node.number)=$!"
        }
        let all = cluster.nodes.map { "wait $p\($0.number)" }.joined(separator: " && ")
        return Contestant(
            name: CommandsResult.login, program: try Program.installed("sh"),
            arguments: ["-c", (each + [all]).joined(separator: "\n")])
    }

    private func rotate(
        _ cluster: BenchmarkCluster, _ meter: ProgramMeter
    ) throws -> Rotation {
        let run = try meter.run(
            orchestrator,
            [
                "encrypt", "rotate-key", "--fast", "--quiet", "--output", "json", "--config",
                cluster.configuration,
            ])
        guard run.status == 0 else {
            throw Fault(.failed, "encrypt rotate-key: status \(run.status): \(run.errors)")
        }
        let document = try Data(contentsOf: URL(fileURLWithPath: run.output))
        return Rotation(
            report: try JSONDecoder().decode(RotationReport.self, from: document),
            seconds: run.seconds, peak: run.peak)
    }

    /// What the first server says of itself.
    private func server(_ cluster: BenchmarkCluster) throws -> String {
        struct Status: Decodable {
            struct Node: Decodable { let version: String }
            let nodes: [Node]
        }
        let document = try orchestrator.run(
            ["encrypt", "status", "--output", "json", "--config", cluster.configuration],
            in: scratch)
        let status = try JSONDecoder().decode(Status.self, from: document)
        let name = try cluster.apiServerName
        return "\(name) \(status.nodes.first?.version ?? "?")"
    }
}
