internal import Basics
internal import Foundation
package import LabKit

/// One lab on which trials are made one after the other. It is made when it's first needed, brought
/// to the state in which each trial begins, and thrown away after a trial that ended badly.
package struct FaultLane {
    let bench: FaultBench
    let program: String
    let runtime: LabOptions.Runtime
    private var ready: (check: ClusterCheck, isEncrypted: Bool)?

    package init(
        _ bench: FaultBench, program: String, runtime: LabOptions.Runtime = .docker
    ) {
        self.bench = bench
        self.runtime = runtime
        self.program = program
    }

    /// Which of the trials begin in the state in which the lab is.
    func prefers(_ trial: FaultTrial) -> Bool {
        trial.workflow.beginsEncrypted == (ready?.isEncrypted ?? false)
    }

    /// What was seen of one trial.
    package struct Seen {
        package let happened: String
        package let problems: [String]
        /// What the run that met the fault told its user.
        package let story: String
    }

    package mutating func make(_ trial: FaultTrial) async throws -> Seen {
        let check = try await prepared(for: trial)
        do {
            let seen = try await FaultCourse(trial: trial, check: check).run()
            guard seen.problems.isEmpty else {
                await close()
                return seen
            }
            ready = (check, trial.workflow.endsEncrypted)
            return seen
        } catch {
            await close()
            try Task.checkCancellation()
            return Seen(happened: "the trial broke off", problems: ["\(Fault(error))"], story: "")
        }
    }

    /// Ends the lab, if there is one.
    package mutating func close() async {
        guard let folder = ready?.check.scene.lab.folder else { return }
        ready = nil
        // A task of its own, since this one may be cancelled. What it leaves, `lab down` clears.
        await Task { try? await Lab.down(folder: folder) }.value
        LabGate.shared.leave()
    }

    private mutating func prepared(for trial: FaultTrial) async throws -> ClusterCheck {
        let check: ClusterCheck
        if let ready { check = ready.check } else { check = try await newLab() }
        let isEncrypted = ready?.isEncrypted ?? false
        if isEncrypted != trial.workflow.beginsEncrypted {
            try check.scene.lab.wantEncryption(!isEncrypted)
            let _: WorkflowDocument = try await check.scene.user.succeed("up")
        }
        ready = (check, trial.workflow.beginsEncrypted)
        return check
    }

    private mutating func newLab() async throws -> ClusterCheck {
        let options = bench.options(
            folder: Harness.newFolder(), apiServer: try APIServerProgram.find(told: nil),
            runtime: runtime)
        await LabGate.shared.enter()
        do {
            let lab = try await Lab.up(options)
            _ = try await lab.fill(secrets: bench.secrets)
            let user = try Operator(of: lab, program: program)
            // Connections that are dead are to be noticed soon, for the trials' sake alone.
            try user.edit("cluster.yml") {
                $0 + "    connect_timeout: 8s\n    keepalive_interval: 2s\n"
            }
            if lab.options.user == .sudo {
                // sudo leaves a mark in the home of whoever uses it first.
                for node in lab.nodes { _ = try await Harness.ssh(lab, node, "sudo -n true") }
            }
            let check = ClusterCheck(
                scene: FaultScene(lab: lab, user: user), pristine: try await World.seen(user))
            ready = (check, false)
            return check
        } catch {
            await Task { try? await Lab.down(folder: options.folder) }.value
            LabGate.shared.leave()
            throw error
        }
    }
}
