internal import Basics
internal import Foundation
package import LabKit

/// Kills restores at every step; then the same command is run again, or the restore given up.
package struct RestoreKills: Sendable {
    private let run: TrialRun
    private let user: LabOptions.User
    private let secrets: Int
    private let nodes: Int

    package init(
        _ run: TrialRun, user: LabOptions.User = .docker, secrets: Int = 20, nodes: Int = 3
    ) {
        self.run = run
        self.user = user
        self.secrets = secrets
        self.nodes = nodes
    }

    private enum Sequel: String, CaseIterable {
        case again = "run again"
        case givenUp = "given up"
    }

    private struct Trial: Hashable {
        let point: String
        let occurrence: Int
        let sequel: Sequel
        var title: String { "restore \(point)#\(occurrence) \(sequel.rawValue)" }
    }

    package func make() async throws {
        var isOver = false
        while !isOver {
            isOver = try await Harness.withLab(nodes: nodes, user: user, encryption: .off) {
                try await make(on: $0)
            }
        }
    }

    /// - Returns: whether none is left. What a trial that didn't end well left behind must not be
    ///   held against the next one.
    private func make(on lab: Lab) async throws -> Bool {
        let scene = RestoreScene(user: try Operator(of: lab, program: run.program))
        _ = try await lab.fill(secrets: secrets)
        try lab.wantEncryption(true)
        let _: WorkflowDocument = try await scene.user.succeed("up")
        let saved = try await scene.save("key-1")
        let _: WorkflowDocument = try await scene.user.succeed("encrypt", "rotate-key")
        let done = try run.done().union(run.results.map(\.identity))
        let open = run.selection.chosen(of: try await trials(scene, saved), name: \.title)
            .filter { !done.contains(identity(of: $0)) }
        run.say("\(open.count) kills of restores to try on a new lab, as \(user.rawValue)")
        for (number, trial) in open.enumerated() {
            let result = try await make(trial, saved, scene)
            try run.record(result)
            guard result.endedWell else { return number + 1 == open.count }
        }
        return true
    }

    /// Every point that an undisturbed restore passes, at its first passing, and those of the
    /// restore itself at a later one, too: then some of the nodes have it behind them.
    private func trials(
        _ scene: RestoreScene, _ saved: RestoreScene.Saved
    ) async throws -> [Trial] {
        let record = scene.user.path("output/restore.points")
        let result = try await scene.user.start(
            Self.command(saved), environment: [PassedPoint.recordVariable: record]
        ).end()
        guard result.status == 0, let data = FileManager.default.contents(atPath: record) else {
            throw Fault(.failed, "the undisturbed restore: \(result.errorOutput)")
        }
        try scene.expect(saved)
        var counts: [String: Int] = [:]
        var names: [String] = []
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            counts[String(line), default: 0] += 1
            if counts[String(line)] == 1 { names.append(String(line)) }
        }
        return names.flatMap { name in
            let isOwn = name.hasPrefix("restore.")
            let occurrences = isOwn && counts[name, default: 0] > 1 ? [1, 2] : [1]
            let sequels = isOwn ? Sequel.allCases : [.again]
            return occurrences.flatMap { number in
                sequels.map { Trial(point: name, occurrence: number, sequel: $0) }
            }
        }
    }

    private static func command(_ saved: RestoreScene.Saved) -> [String] {
        ["etcd", "snapshot-restore", "--name", saved.name, "--yes"]
    }

    private func identity(of trial: Trial) -> TrialResult.Identity {
        TrialResult.Identity(
            kind: .restoreKills, workflow: "restore", name: trial.point,
            timing: "#\(trial.occurrence), \(trial.sequel.rawValue), as \(user.rawValue)",
            server: run.server)
    }

    private func make(
        _ trial: Trial, _ saved: RestoreScene.Saved, _ scene: RestoreScene
    ) async throws -> TrialResult {
        let began = ContinuousClock.now
        var (problems, happened): ([String], String) = ([], "")
        do {
            let before = try await World.seen(scene.user)
            _ = try await scene.lab.fill(secrets: 1)
            let later = try scene.current(as: "later")
            let killed = try await scene.user.start(
                Self.command(saved),
                environment: [
                    PassedPoint.killVariable: "\(trial.point)#\(trial.occurrence)"
                ]
            ).end()
            if killed.status != 128 + Int(SIGKILL) {
                problems.append("it wasn't killed: exit status \(killed.status)")
            }
            happened = try await sequel(trial.sequel, saved, later, scene, &problems)
            problems += try await scene.problems(since: before)
        } catch {
            try Task.checkCancellation()
            problems.append("\(Fault(error))")
        }
        return TrialResult(
            identity(of: trial), happened: happened, problems: problems,
            seconds: (ContinuousClock.now - began) / .seconds(1))
    }

    /// - Returns: what it came to, in a few words. The scene then expects that.
    private func sequel(
        _ sequel: Sequel, _ saved: RestoreScene.Saved, _ later: RestoreScene.Saved,
        _ scene: RestoreScene, _ problems: inout [String]
    ) async throws -> String {
        if sequel == .givenUp {
            let result = try await scene.user.run("encrypt", "abort", "--yes")
            if result.status == 0, result.text.hasPrefix("Nothing to do") {
                // Killed after its last word in the journal.
                try scene.expect(saved)
                return "killed; over already, nothing to give up"
            }
            if result.status == 0 {
                try scene.expect(later)
                return "killed; given up, the former data back"
            }
            // What is proven already isn't given up.
            if result.status != 3 || !result.errorOutput.contains("has succeeded already") {
                problems.append("abort: \(result.status): \(result.errorOutput)")
            }
        }
        let result = try await scene.user.start(Self.command(saved)).end()
        if result.status != 0 {
            problems.append("the second run: \(result.status): \(result.errorOutput)")
        }
        try scene.expect(saved)
        return sequel == .again
            ? "killed; restored by the second run"
            : "killed; too late to give up, finished"
    }
}
