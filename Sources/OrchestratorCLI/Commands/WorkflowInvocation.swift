import Basics
import Orchestrator
import Transition

/// What `up`, `rotate-key`, `rewrite` and `abort` have in common: everything but the goal.
struct WorkflowInvocation {
    /// Told to whoever finds the state file locked meanwhile.
    let command: String
    let cluster: ClusterOptions
    let isDryRun: Bool
    let output: OutputOptions
    /// Asked, with the plan above it, before anything is done; nil: don't ask.
    var question: String?
    var minimumKeyAge: Duration?
    /// Whether a restore under way is what is to be given up.
    var givesUpRestores = false
    var precautions: PrecautionOptions?
    var speed: RewriteSpeedOptions?

    func run(goal: (Wanted) -> Goal) async throws {
        try await SessionInvocation(
            access: isDryRun ? .readOnly : .exclusive(command: command), cluster: cluster,
            output: output, speed: speed
        ).run { session, console in
            let stop = StopSignal()
            let signals = SignalHandling(stop: stop)
            defer { signals.end() }
            let scene = Scene(session: session, console: console, stop: stop, signals: signals)
            if givesUpRestores, let restore = try await session.restoreUnderWay() {
                try await giveUp(restore, scene)
            } else {
                try await work(goal(session.wanted), scene)
            }
        }
    }

    private struct Scene {
        let session: ClusterSession
        let console: Console
        let stop: StopSignal
        let signals: SignalHandling

        var saving: SnapshotSaving {
            SnapshotSaving(ports: session.ports, snapshots: session.snapshots) {
                [console] in console.show($0)
            }
        }

        var scrubbing: Scrubbing {
            Scrubbing(ports: session.ports, etcd: session.etcd, stop: stop) {
                [console] in console.show($0)
            }
        }
    }

    private func work(_ goal: Goal, _ scene: Scene) async throws {
        let console = scene.console
        try await checkPrecautions(scene)
        let workflow = Workflow(
            ports: scene.session.ports, stop: scene.stop, minimumKeyAge: minimumKeyAge,
            snapshotFirst: precautions?.snapshotFirst == true ? scene.saving : nil
        ) { console.show($0) }
        if isDryRun {
            console.finish(try await workflow.plan(goal))
            return
        }
        if let question {
            try await console.confirm(
                question, plan: try await workflow.plan(goal), signals: scene.signals)
        }
        var report = try await workflow.run(goal)
        if !report.operations.isEmpty { try await afterwards(&report, scene) }
        console.finish(report)
    }

    /// What is asked for besides is known to be possible before anything is begun.
    private func checkPrecautions(_ scene: Scene) async throws {
        guard let precautions else { return }
        if precautions.snapshotFirst || precautions.snapshotAfter { try scene.saving.check() }
        if precautions.scrub { try await scene.scrubbing.check() }
    }

    /// What was asked for besides, once all is done.
    private func afterwards(_ report: inout WorkflowReport, _ scene: Scene) async throws {
        var left: [String] = []
        if precautions?.scrub == true { left.append(Scrubbing.command) }
        if precautions?.snapshotAfter == true { left.append(SnapshotSaving.command) }
        do {
            if precautions?.scrub == true {
                report.scrubbed = try await scene.scrubbing.run()
                left.removeFirst()
            }
            if precautions?.snapshotAfter == true {
                report.snapshots.append(try await scene.saving.run(name: nil, folder: nil).record)
            }
        } catch {
            throw Fault(error).afterFinished(left: left)
        }
    }

    private func giveUp(_ restore: Restore, _ scene: Scene) async throws {
        let console = scene.console
        let restoring = scene.session.restoring(stop: scene.stop) { console.show($0) }
        try restoring.checkCanBeGivenUp(restore)
        let plan = RestoreGivenUp(restore: restore, isDryRun: true)
        if isDryRun {
            console.finish(plan)
            return
        }
        if let question {
            try await console.confirm(plan.planText + question, signals: scene.signals)
        }
        console.finish(RestoreGivenUp(restore: try await restoring.giveUp(), isDryRun: false))
    }
}

extension Fault {
    /// Of what was to follow a finished operation: whoever ran that again might make another key.
    fileprivate func afterFinished(left commands: [String]) -> Fault {
        Fault(
            code == .interrupted ? .interrupted : .failed,
            "the operation itself is finished; what was to follow it isn't: \(message)",
            hint: "Don't run the same again. What is left is done by "
                + commands.joined(separator: " and ") + ".",
            place: place, node: node, cause: cause)
    }
}
