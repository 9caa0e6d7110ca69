internal import Basics
public import EncryptionModel
internal import Transition

/// What is stored, held against what the provider config says.
public struct VerificationReport: Sendable {
    public let evidence: Evidence
    /// The form in which each resource is to be stored.
    public let expected: [GroupResource: StoredForm]
    /// The first few objects stored otherwise, per resource.
    public let offenders: [GroupResource: [String]]
    /// What keeps the cluster from being as it should be, in words; empty: all is well.
    public let findings: [String]
    /// What the administrator should do now.
    public let next: [String]

    public var isAsItShouldBe: Bool { findings.isEmpty }
}

/// `encrypt verify`: reads everything that is stored and compares; touches nothing.
public struct Verification: Sendable {
    private let ports: Ports
    /// Looked at where no provider config names anything.
    private let configured: [ResourcePattern]

    /// - Parameter configured: the resources that cluster.yml has in mind.
    public init(ports: Ports, configured: [ResourcePattern]) {
        self.ports = ports
        self.configured = configured
    }

    public func run() async throws -> VerificationReport {
        guard ports.evidence.source == .etcd else {
            throw Fault(
                .refused,
                "what is stored can only be verified in etcd itself, and cluster.yml says"
                    + " orchestrator.etcd.evidence: api",
                hint: "Nothing was touched. Take that line away where etcd can be reached.")
        }
        let sights = try await ports.controlPlane.observe()
        let journal = try await ports.journal.load()
        let isEncrypted = sights.mayHoldEncrypted(
            journal, expected: try await ports.journal.recordedConfig())
        var findings = sights.compactMap { $0.finding(whereEncrypted: isEncrypted) }
        let configs = Set(sights.map(\.observation.running))
        if configs.count > 1 {
            findings.append("the API servers don't run with the same provider config")
        }
        if let restore = journal.restore {
            findings.append(
                "the restore of \(restore.snapshot) of \(restore.started) is unfinished")
        } else if let operation = journal.operation {
            findings.append("\(operation.kind.rawValue) of \(operation.started) is unfinished")
        }
        let config = sights.lazy.compactMap(\.observation.running.loaded).first
        let patterns = Set((config?.patterns ?? []) + configured).sorted()
        let resources = try await ports.kubernetes.resources(matching: patterns)
        let evidence = try await ports.evidence.evidence(of: resources, in: EvidenceContext())
        var expected: [GroupResource: StoredForm] = [:]
        var offenders: [GroupResource: [String]] = [:]
        for resource in resources {
            let form = config.chain(for: resource).writer.storedForm
            expected[resource] = form
            let others = evidence.others(than: form, of: resource)
            guard others > 0 else { continue }
            findings.append("\(others) \(resource) are stored otherwise than \(form)")
            offenders[resource] = try await ports.evidence.objects(
                of: resource, notIn: [form], limit: 10)
        }
        let next =
            if let restore = journal.restore {
                [restore.howToGoOn]
            } else if journal.operation != nil {
                ["orchestrator up finishes what is unfinished"]
            } else if findings.isEmpty { [String]() } else {
                ["orchestrator encrypt status shows what runs where"]
            }
        return VerificationReport(
            evidence: evidence, expected: expected, offenders: offenders, findings: findings,
            next: next)
    }
}
