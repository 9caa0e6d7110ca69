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
    }

    private func work(_ goal: Goal, _ scene: Scene) async throws {
        let console = scene.console
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

    /// What was asked for besides, once all is done.
    private func afterwards(_ report: inout WorkflowReport, _ scene: Scene) async throws {
        let console = scene.console
        do {
            if precautions?.scrub == true {
                report.scrubbed = try await Scrubbing(
                    ports: scene.session.ports, etcd: scene.session.etcd, stop: scene.stop
                ) { console.show($0) }.run()
            }
            if precautions?.snapshotAfter == true {
                report.snapshots.append(try await scene.saving.run(name: nil, folder: nil).record)
            }
        } catch {
            throw Fault(error).during(
                "the operation itself is finished; what was to follow it isn't")
        }
    }

    private func giveUp(_ restore: Restore, _ scene: Scene) async throws {
        let console = scene.console
        let plan = RestoreGivenUp(restore: restore)
        if isDryRun {
            console.finish(plan)
            return
        }
        if let question {
            try await console.confirm(plan.planText + question, signals: scene.signals)
        }
        let restoring = scene.session.restoring(stop: scene.stop) { console.show($0) }
        console.finish(RestoreGivenUp(restore: try await restoring.giveUp()))
    }
}
