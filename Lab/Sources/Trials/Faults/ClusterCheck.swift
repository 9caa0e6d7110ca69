internal import Basics
internal import LabKit

/// What has to be so whenever a workflow has ended, seen without the product's help.
struct ClusterCheck: Sendable {
    let scene: FaultScene
    /// Everything as it was before anything was done to the cluster.
    let pristine: World

    /// While a fault lasts: all servers but the victims' are ready and give every value.
    ///
    /// - Returns: what isn't so, a line each.
    func stillServing(except victims: Set<Int>) async throws -> [String] {
        let others = scene.lab.nodes.filter { !victims.contains($0.number) }
        guard !others.isEmpty else { return [] }
        let down = try await scene.lab.status().filter {
            others.contains($0.node) && $0.apiServer != "ok"
        }
        guard down.isEmpty else {
            return down.map { "\($0.node.name) isn't ready while the fault lasts: \($0.apiServer)" }
        }
        return try await wrongValues(through: others)
    }

    /// Waits until every node can be reached and every API server is ready again. A victim's may
    /// need the run that continues, since its container was being replaced.
    func mended(victims: Set<Int>) async throws {
        let begin = ContinuousClock.now
        try await eventually("the cluster has got over the fault", within: .seconds(120)) {
            let isPatient = ContinuousClock.now - begin < .seconds(30)
            return try await scene.lab.status().allSatisfy { status in
                let mayBeDown = victims.contains(status.node.number) && !isPatient
                return status.sshAnswers && status.engineAnswers
                    && (status.apiServer == "ok" || mayBeDown)
            }
        }
    }

    /// After all: everything stored in one way and unchanged, nothing left to do, and nothing left
    /// over on any node.
    ///
    /// - Parameter former: the key that a rotation has replaced.
    func endedWell(_ workflow: FaultedWorkflow, former: KeyDocument?) async throws -> [String] {
        let again = try await scene.user.succeed("up")
        var problems: [String] = []
        if again.operation != nil { problems.append("a further run still had something to do") }
        if workflow.endsEncrypted, again.keys.count != 1 {
            problems.append("\(again.keys.count) keys are in use")
        }
        if workflow == .rotate, again.keys.first == former {
            problems.append("the key is still the former one")
        }
        let prefix =
            workflow.endsEncrypted ? again.keys.first?.storedPrefix ?? "" : StoredCount.plaintext
        let stored = try await scene.lab.scan()
        let total = try scene.lab.filledSecrets()
        if stored.resources["secrets"] != [prefix: total] {
            problems.append("stored: \(stored.resources["secrets"] ?? [:]), not \(total) \(prefix)")
        }
        problems += stored.revealing.map { "\($0) shows its value in etcd" }
        problems += try await wrongValues(through: scene.lab.nodes)
        let status = try await scene.user.run("encrypt", "status")
        if status.status != 0 { problems.append("encrypt status: \(status.text.suffix(300))") }
        return problems + (try await leftovers(encrypted: workflow.endsEncrypted))
    }

    /// At most a few; one is as bad as all. A server that gives no values is a problem too.
    private func wrongValues(through nodes: [LabNode]) async throws -> [String] {
        do {
            return Array(try await scene.lab.checkValues(through: nodes).prefix(3))
        } catch let fault as Fault {
            return ["not every server gives the values: \(fault.message)"]
        }
    }

    private func leftovers(encrypted: Bool) async throws -> [String] {
        let configs = NodeRuntime.allCases.map(NodeFile.providerConfig(of:))
        let other = try await World.seen(scene.user).differencesInShape(since: pristine)
            .filter { line in
                // While encryption is on, the manifest says so.
                let isManifest = line.hasSuffix("  \(NodeRuntime.manifest(of: .apiServer))")
                return !line.hasPrefix("operator: ") && !(encrypted && isManifest)
            }
        let expected = other.filter { line in
            configs.contains { line.contains(" \($0)") } && line.contains(": + ")
        }
        let wanted = encrypted ? 2 * scene.lab.nodes.count : 0
        let rest = other.filter { !expected.contains($0) }
        return rest.map { "left over: \($0)" }
            + (expected.count == wanted
                ? [] : ["\(expected.count) lines of provider configs, not \(wanted)"])
    }
}
