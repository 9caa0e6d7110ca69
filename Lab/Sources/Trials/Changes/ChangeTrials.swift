internal import Foundation
package import LabKit

/// Takes one lab from each form of encryption to each other one by `up`, with everything read
/// through every server meanwhile.
package struct ChangeTrials: Sendable {
    private let run: TrialRun
    private let forms: [ClusterForm]
    private let objects: KnownObjects
    private let user: LabOptions.User
    private let preparation: String?

    /// - Parameters:
    ///   - objects: how many of each resource.
    ///   - preparation: what a shell on every node runs before the first change.
    package init(
        _ run: TrialRun, forms: [ClusterForm] = ClusterForm.all, objects: Int = 50,
        user: LabOptions.User = .root, preparation: String? = nil
    ) {
        self.run = run
        self.forms = forms
        self.objects = KnownObjects(count: objects)
        self.user = user
        self.preparation = preparation
    }

    private struct Pair: Hashable {
        let from: ClusterForm
        let to: ClusterForm
        var title: String { "\(from.name) → \(to.name)" }
    }

    package func make() async throws {
        let done = try run.done()
        let pairs = forms.flatMap { from in
            forms.filter { $0 != from }.map { Pair(from: from, to: $0) }
        }
        var open = run.selection.chosen(of: pairs, name: \.title)
            .filter { !done.contains(identity(of: $0)) }
        guard !open.isEmpty else { return }
        try await Harness.withLab(runtime: run.runtime, user: user, encryption: .off) { lab in
            if let preparation {
                for node in lab.nodes { try await node.shell(preparation) }
            }
            try await objects.create(on: lab)
            let administrator = try Operator(of: lab, program: run.program)
            var present = forms[0]
            while let next = Self.next(from: present, open) {
                let step = Pair(from: present, to: next)
                let result = try await make(step, administrator)
                try run.record(result)
                guard result.endedWell else { return }
                open.removeAll { $0 == step }
                present = next
            }
        }
    }

    /// Along a pair that is still to be tried, preferring what leads on; else to where one begins.
    private static func next(from present: ClusterForm, _ open: [Pair]) -> ClusterForm? {
        let ways = open.filter { $0.from == present }.map(\.to)
        let leading = ways.max { left, right in
            open.count { $0.from == left } < open.count { $0.from == right }
        }
        return leading ?? open.first?.from
    }

    private func identity(of pair: Pair) -> TrialResult.Identity {
        TrialResult.Identity(
            kind: .changes, workflow: "up", name: pair.from.name, timing: pair.to.name,
            server: run.server)
    }

    private func make(_ pair: Pair, _ user: Operator) async throws -> TrialResult {
        let lab = user.lab
        let begin = ContinuousClock.now
        try lab.want(pair.to)
        let (outcome, sight) = try await objects.watched(on: lab) {
            try await user.run("up", "--output", "json")
        }
        var problems = Array(Set(sight.wrong).sorted().prefix(20))
        if outcome.status != 0 {
            problems.append("up ended with \(outcome.status): \(outcome.errorOutput)")
        }
        if outcome.status == 0 { problems += try await aftermath(of: pair.to, user) }
        let done = try? outcome.document(WorkflowDocument.self)
        let stages = done?.stages.count ?? 0
        return TrialResult(
            identity(of: pair),
            happened: "\(stages) rollouts, \(done?.rewrite?.objects ?? 0) objects looked at",
            problems: problems, seconds: (ContinuousClock.now - begin) / .seconds(1),
            measures: [
                "rollouts": Double(stages), "listsRead": Double(sight.right),
                "whileRestarting": Double(sight.restarting),
            ])
    }

    /// What etcd holds, read by the lab itself; and what the program says of it.
    private func aftermath(of form: ClusterForm, _ user: Operator) async throws -> [String] {
        var problems: [String] = []
        let stored = try await user.lab.scan()
        for (resource, counts) in stored.resources where isEncryptable(resource) {
            for (prefix, count) in counts where !form.permits(prefix, of: resource) {
                problems.append("\(count) \(resource) are stored under \(prefix)")
            }
        }
        problems += stored.revealing.map { "\($0) can be read in etcd" }
        let verified = try await user.run("encrypt", "verify")
        if verified.status != 0 {
            problems.append("verify ended with \(verified.status): \(verified.text)")
        }
        let again = try await user.run("up")
        if again.status != 0 || !again.text.hasPrefix("Nothing to do") {
            problems.append("a second up: \(again.text)\(again.errorOutput)")
        }
        let status = try await user.run("encrypt", "status")
        if status.status != 0 { problems.append("status: \(status.text)") }
        return problems
    }

    /// What kube-apiserver keeps for itself, without a REST API, is never encrypted; and what
    /// `*.*` doesn't reach: Events are, leases of the masters aren't.
    private func isEncryptable(_ resource: String) -> Bool {
        !["ranges", "masterleases", "health", "peerserverleases"].contains(resource)
    }
}
