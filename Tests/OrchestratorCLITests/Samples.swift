import Basics
import EncryptionModel
import Transition

@testable import Orchestrator
@testable import OrchestratorCLI

/// Results as the workflows give them, for golden texts.
enum Sample {
    static let time = Timestamp(seconds: 1_795_231_400)

    static func key(_ name: String) -> LocalKey {
        LocalKey(
            provider: .aescbc, name: name,
            secret: SecretBytes(copying: Array("0123456789abcdef0123456789abcdef".utf8)))
    }

    static let old = key("key-20260820-aaaaaa")
    static let new = key("key-20261121-bbbbbb")

    static func config(_ key: LocalKey) -> ProviderConfig {
        ProviderConfig(rules: [
            .init(resources: [.secrets], chain: Chain([.key(key), .identity]))
        ])
    }

    static let rotation = Transition.Operation(
        id: "0102030405ab", kind: .rotateKey, started: time, from: config(old), to: config(new))

    static var rotated: WorkflowReport {
        var report = WorkflowReport()
        var operation = OperationReport(operation: rotation, wasResumed: false)
        operation.rolledOut(
            .read,
            .init(
                name: "cp-1", address: "192.0.2.11",
                result: RolloutResult(configSHA256: "abc", confirmedBy: .metric, seconds: 3.25)))
        operation.rewrites = [
            RewriteResult(
                resource: .secrets, objects: 2005, rewritten: 2004, skipped: 1, failed: [],
                failureCount: 0, seconds: 2, bytesSent: 1000, bytesReceived: 2000)
        ]
        operation.evidence = EvidenceRecord(
            source: .etcd,
            evidence: Evidence(counts: [.secrets: [ProviderEntry.key(new).storedForm: 2005]]),
            at: time)
        operation.retired = [old]
        report.operations = [operation]
        report.deployed = config(new)
        return report
    }

    /// A rotation, node by node.
    static func rotated(restarting: [Bool], wasResumed: Bool = false) -> WorkflowReport {
        var report = WorkflowReport()
        var operation = OperationReport(operation: rotation, wasResumed: wasResumed)
        for (index, restarted) in restarting.enumerated() {
            operation.rolledOut(
                .read,
                .init(
                    name: "cp-\(index)", address: "192.0.2.1\(index)",
                    result: RolloutResult(
                        configSHA256: "abc", confirmedBy: .metric, seconds: 61,
                        restarted: restarted)))
        }
        report.operations = [operation]
        return report
    }

    static var status: StatusReport {
        let sight = NodeSight(
            observation: NodeObservation(
                node: "cp-1", running: .config(config(new)), isReady: true),
            address: "192.0.2.11", serverVersion: "v1.30.4",
            configPath: "/etc/kubernetes/ssl/encryption.yaml",
            configSHA256: String(repeating: "feedface", count: 8), keys: [new],
            serverStarted: time)
        return StatusReport(
            nodes: [
                NodeLook(node: "cp-1", address: "192.0.2.11", result: .success(sight)),
                NodeLook(
                    node: "cp-2", address: "192.0.2.12",
                    result: .failure(
                        Fault(
                            .unreachable, "no route to host", hint: "Mend the network.",
                            node: "cp-2"))),
            ],
            expected: .known(config(new)), operation: rotation,
            restore: nil,
            lease: .success(
                LeaseHolder(
                    holder: "ada@ws-1, process 4711, orchestrator up", since: time, renewed: time)),
            keys: [
                KeyRecord(
                    key: old, created: time, createdBy: "1", retired: time, retiredBy: "2"),
                KeyRecord(key: new, created: time, createdBy: "2"),
            ],
            activeKey: new, activeKeyAge: .seconds(86_400 * 3 + 5),
            findings: ["cp-2: no route to host"],
            next: ["Mend the network."])
    }

    static var verification: VerificationReport {
        VerificationReport(
            evidence: Evidence(counts: [
                .secrets: [.plaintext: 2, ProviderEntry.key(new).storedForm: 2003]
            ]),
            expected: [.secrets: ProviderEntry.key(new).storedForm],
            offenders: [.secrets: ["default/a", "default/b"]],
            findings: ["2 secrets are stored otherwise than \(ProviderEntry.key(new).storedForm)"],
            next: ["orchestrator encrypt status shows what runs where"])
    }
}
