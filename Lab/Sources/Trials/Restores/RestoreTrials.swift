internal import Basics
internal import Foundation
package import LabKit

/// Restores snapshots of every age of a cluster from every later age.
package struct RestoreTrials: Sendable {
    private let run: TrialRun
    private let user: LabOptions.User
    private let secrets: Int
    private let nodes: Int

    /// - Parameter secrets: how many there are at the beginning, besides the five of special kinds.
    package init(
        _ run: TrialRun, user: LabOptions.User = .docker, secrets: Int = 2000, nodes: Int = 3
    ) {
        self.run = run
        self.user = user
        self.secrets = secrets
        self.nodes = nodes
    }

    /// What the cluster's encryption is when a snapshot is taken or restored.
    private enum Age: String, CaseIterable {
        case plaintext = "before enabling"
        case first = "under key 1"
        case middle = "in the middle of a rotation"
        case second = "under key 2"
        case disabled = "after disabling"

        var snapshot: String {
            switch self {
            case .plaintext: "plaintext"
            case .first: "key-1"
            case .middle: "rotating"
            case .second: "key-2"
            case .disabled: "disabled"
            }
        }
    }

    private struct Pair: Hashable {
        let snapshot: Age
        let state: Age
        var title: String { "\(snapshot.snapshot) restored \(state.rawValue)" }
    }

    /// In the middle of a rotation nothing is restored: that is refused.
    private static let pairs: [Pair] = Age.allCases.filter { $0 != .middle }.flatMap { state in
        let past = Age.allCases.prefix { $0 != state } + [state]
        return past.map { Pair(snapshot: $0, state: state) }
    }

    package func make() async throws {
        let done = try run.done()
        let open = run.selection.chosen(of: Self.pairs, name: \.title)
            .filter { !done.contains(identity(of: $0)) }
        guard !open.isEmpty else { return }
        try await Harness.withLab(nodes: nodes, user: user, encryption: .off) { lab in
            let scene = RestoreScene(user: try Operator(of: lab, program: run.program))
            _ = try await lab.fill(secrets: secrets)
            var saved: [Age: RestoreScene.Saved] = [:]
            for age in Age.allCases {
                try await reach(age, scene)
                saved[age] = try await scene.save(age.snapshot)
                if age == .middle { continue }
                for pair in open where pair.state == age {
                    guard let snapshot = saved[pair.snapshot] else { continue }
                    let result = try await make(pair, snapshot, scene)
                    try run.record(result)
                    guard result.endedWell else { return }
                }
            }
        }
    }

    /// Brings the cluster from the age before to this one.
    private func reach(_ age: Age, _ scene: RestoreScene) async throws {
        switch age {
        case .plaintext: break
        case .first:
            try scene.lab.wantEncryption(true)
            let _: WorkflowDocument = try await scene.user.succeed("up")
        case .middle:
            let killed = try await scene.user.start(
                ["encrypt", "rotate-key"],
                environment: [PassedPoint.killVariable: "rewrite.begun#1+40"]
            ).end()
            guard killed.status == 128 + Int(SIGKILL) else {
                throw Fault(.failed, "the rotation wasn't killed: \(killed.errorOutput)")
            }
        case .second:
            let refused = try await scene.user.run(
                "etcd", "snapshot-restore", "--name", Age.first.snapshot, "--yes")
            guard refused.status == 3 else {
                throw Fault(.failed, "a restore in a rotation wasn't refused: \(refused.text)")
            }
            let _: WorkflowDocument = try await scene.user.succeed("encrypt", "rotate-key")
        case .disabled:
            try scene.lab.wantEncryption(false)
            let _: WorkflowDocument = try await scene.user.succeed("up")
        }
    }

    private func identity(of pair: Pair) -> TrialResult.Identity {
        TrialResult.Identity(
            kind: .restores, workflow: "restore", name: pair.snapshot.rawValue,
            timing: pair.state.rawValue, server: run.server)
    }

    private func make(
        _ pair: Pair, _ snapshot: RestoreScene.Saved, _ scene: RestoreScene
    ) async throws -> TrialResult {
        let began = ContinuousClock.now
        let before = try await World.seen(scene.user)
        // Must be gone afterwards.
        _ = try await scene.lab.fill(secrets: 2)
        let result = try await scene.user.run(
            "etcd", "snapshot-restore", "--name", snapshot.name, "--yes", "--output", "json")
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        var problems: [String] = []
        if result.status == 0 {
            try scene.expect(snapshot)
            problems = try await scene.problems(since: before)
        } else {
            problems = ["snapshot-restore: \(result.status): \(result.errorOutput)"]
        }
        let document = try? result.document(RestoredDocument.self)
        let again = document?.retiredAgain.count ?? 0
        return TrialResult(
            identity(of: pair),
            happened: "restored, \(document?.workflow.rewrite?.objects ?? 0) objects looked at, "
                + (again == 0 ? "no retired key" : "\(again) retired key\(again == 1 ? "" : "s")")
                + " in use meanwhile",
            problems: problems, seconds: (ContinuousClock.now - began) / .seconds(1),
            measures: ["restoreSeconds": seconds])
    }
}

package struct RestoredDocument: Decodable {
    package let workflow: WorkflowDocument
    package let retiredAgain: [KeyDocument]
}
