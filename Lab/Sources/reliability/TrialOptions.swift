public import ArgumentParser
internal import Foundation
public import LabKit
internal import Trials

extension LabOptions.Runtime: ExpressibleByArgument {}

/// The options of all trials.
struct TrialOptions: ParsableArguments {
    @Option(
        help: """
            The orchestrator to try, a debug build; else $ORCHESTRATOR, else .build/debug's. The \
            lab's kube-apiserver is $KUBE_APISERVER, else the stand-in.
            """)
    var orchestrator: String?

    @Option(
        help: """
            How the labs run kube-apiserver: docker, static-pod, minikube or mixed. What is about \
            the Docker Engine is tried with docker alone.
            """)
    var runtime = LabOptions.Runtime.docker

    @OptionGroup var folder: ResultsFolder

    @Option(help: "Make so many of the trials, chosen by the seed; else all.")
    var sample: Int?

    @Option(help: "Chooses the sample.")
    var seed: UInt64 = 0

    @Option(help: "Make those trials alone whose name has this in it.")
    var only: String?

    func validate() throws {
        guard sample.map({ $0 > 0 }) ?? true else { throw ValidationError("--sample: at least 1") }
    }

    /// The SSH user told; else the usual one, who isn't the same where there is no Docker.
    func user(_ told: LabOptions.User?) -> LabOptions.User {
        told ?? (runtime == .docker ? .docker : .sudo)
    }

    /// - Throws: where there is no Docker. etcd's data is restored in its containers.
    func demandDocker() throws {
        guard runtime == .docker else {
            throw ValidationError("snapshots are restored with --runtime docker alone")
        }
    }

    var selection: Selection { Selection(sample: sample, seed: seed, only: only) }

    /// Runs trials such that Ctrl-C takes their labs down, and fails when one didn't end well.
    ///
    /// - Parameter make: makes the chosen trials and hands each result on as soon as it's there.
    func run(
        _ kind: TrialResult.Kind,
        _ make: @escaping @Sendable (TrialRun) async throws -> Void
    ) async throws {
        let run = TrialRun(
            program: try Harness.orchestrator(told: orchestrator), selection: selection,
            server: try await ServerName.of(), runtime: runtime,
            log: try ResultLog(folder: folder.path, kind: kind), say: say)
        try await cancelledBySignals(telling: say) { try await make(run) }
        guard run.problems.isEmpty else {
            say("\(run.problems.count) of the trials didn't end well:")
            for line in run.problems { say("  \(line)") }
            throw ExitCode(1)
        }
    }
}

struct ResultsFolder: ParsableArguments {
    @Option(name: .customLong("results"), help: "Folder of the results.")
    var path = ".build/reliability"
}
