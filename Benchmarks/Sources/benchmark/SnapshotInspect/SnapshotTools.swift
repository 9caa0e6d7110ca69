internal import Basics
internal import Foundation

/// The programs that read a snapshot as a whole.
struct SnapshotTools {
    let orchestrator: Program
    let etcdctl: Program
    let etcdutl: Program?
    let bbolt: Program?
    let scratch: ScratchFolder

    /// - Parameter state: the state file with the key of the values.
    func contestants(_ snapshot: String, state: String) -> [Contestant] {
        var all = [
            Contestant(
                name: Self.withKey, program: orchestrator,
                arguments: inspection(snapshot, state: state)),
            Contestant(
                name: Self.withoutKey, program: orchestrator,
                // Says by its status that it can't open what is encrypted.
                arguments: inspection(snapshot, state: scratch.path("none")), expected: [0, 4]),
            Contestant(
                name: Self.standard, program: etcdctl,
                arguments: ["snapshot", "status", snapshot]),
        ]
        if let etcdutl {
            all.append(
                Contestant(
                    name: "etcdutl snapshot status", program: etcdutl,
                    arguments: ["snapshot", "status", snapshot]))
        }
        if let bbolt {
            all.append(
                Contestant(name: "bbolt check", program: bbolt, arguments: ["check", snapshot]))
        }
        return all
    }

    func inspect(_ snapshot: String, state: String) throws -> InspectionReport {
        try JSONDecoder().decode(
            InspectionReport.self,
            from: orchestrator.run(inspection(snapshot, state: state), in: scratch))
    }

    private func inspection(_ snapshot: String, state: String) -> [String] {
        ["etcd", "snapshot-inspect", snapshot, "--state", state, "--quiet", "--output", "json"]
    }

    static let withKey = "orchestrator"
    static let withoutKey = "orchestrator, no key"
    /// What the others are compared with.
    static let standard = "etcdctl snapshot status"

    /// Of each program that was run, as it tells it itself.
    func versions() throws -> [String] {
        try [
            orchestrator.version(of: "orchestrator", "version", in: scratch),
            Program(named: "swift")?.version(of: "Swift", "--version", in: scratch),
            Program.installed("etcd").version(of: "etcd", "--version", in: scratch),
            etcdctl.version(of: "etcdctl", "version", in: scratch),
            etcdutl?.version(of: "etcdutl", "version", in: scratch),
            bbolt?.version(of: "bbolt", "version", in: scratch),
        ].compactMap(\.self)
    }
}
