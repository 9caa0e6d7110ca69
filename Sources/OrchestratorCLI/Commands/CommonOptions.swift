import ArgumentParser
import Basics
import Foundation
import Orchestrator

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

enum ProgressFormat: String, ExpressibleByArgument, CaseIterable {
    case auto, plain, json
}

/// How the program speaks.
struct OutputOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The form of the result on standard output.")
    var output = OutputFormat.text

    @Flag(name: [.short, .long], help: "Also say what is being looked at.")
    var verbose = false

    @Flag(name: [.short, .long], help: "No progress on standard error; warnings and errors only.")
    var quiet = false

    @Option(
        help: """
            How progress is told on standard error: auto (one line in place on a terminal, else \
            lines), plain (lines), json (an object to a line, for programs).
            """)
    var progress = ProgressFormat.auto

    @Flag(help: "No colours (also with NO_COLOR set, or when standard error is no terminal).")
    var noColor = false

    func validate() throws {
        if verbose && quiet { throw ValidationError("--verbose and --quiet exclude each other.") }
    }
}

/// Which cluster, and how to get at it. Names and environment variables are RKE's.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The cluster's configuration file ($RKE_CONFIG).", valueName: "file"))
    var config = ProcessInfo.processInfo.environment["RKE_CONFIG"] ?? "cluster.yml"

    @Option(
        help: ArgumentHelp(
            "The kubeconfig, instead of kube_config_<config> beside it, $KUBECONFIG or the state"
                + " file's kube-admin certificate.", valueName: "file"))
    var kubeconfig: String?

    @Flag(help: "Use the SSH agent at SSH_AUTH_SOCK for every node.")
    var sshAgentAuth = false

    @Flag(help: "Learn the host keys of nodes that known_hosts doesn't have; never changed ones.")
    var acceptNewHostKeys = false

    @Flag(help: "Go on with a Docker version that wasn't tried.")
    var ignoreDockerVersion = false

    var session: SessionOptions { session(rewriting: RewriteLimits()) }

    func session(rewriting limits: RewriteLimits) -> SessionOptions {
        var options = SessionOptions(
            configPath: config, kubeconfigPath: kubeconfig, sshAgentAuth: sshAgentAuth,
            acceptNewHostKeys: acceptNewHostKeys, ignoreDockerVersion: ignoreDockerVersion,
            environment: ProcessInfo.processInfo.environment)
        options.rewrite = limits
        return options
    }
}

/// How fast objects are rewritten, for this run.
struct RewriteSpeedOptions: ParsableArguments {
    @Flag(
        help: """
            Rewrite one object at a time with pauses between, so that other clients of the API \
            servers hardly feel it; takes many times as long.
            """)
    var gentle = false

    @Flag(
        help: """
            Rewrite with as many requests at a time as the API servers take, however long other \
            clients wait meanwhile: for a maintenance window.
            """)
    var fast = false

    @Option(
        help: ArgumentHelp(
            "Requests a second at most, instead of orchestrator.rewrite.qps.", valueName: "number"))
    var qps: Int?

    @Option(
        help: ArgumentHelp(
            "Requests under way at most, instead of orchestrator.rewrite.concurrency; how many"
                + " pay is found out by how long answers take.", valueName: "number"))
    var maxInflight: Int?

    func validate() throws {
        if gentle, fast { throw ValidationError("--gentle and --fast exclude each other.") }
        if let qps, !(1...100_000).contains(qps) { throw ValidationError("--qps: 1 to 100000.") }
        if let maxInflight, !(1...1024).contains(maxInflight) {
            throw ValidationError("--max-inflight: 1 to 1024.")
        }
    }

    var limits: RewriteLimits {
        RewriteLimits(
            maxInFlight: maxInflight, qps: qps, pace: gentle ? .gentle : fast ? .fast : nil)
    }
}

struct DryRunOption: ParsableArguments {
    @Flag(help: "Print the plan, node by node, and touch nothing.")
    var dryRun = false
}

/// What is done besides, before and after.
struct PrecautionOptions: ParsableArguments {
    @Flag(help: "Take an etcd snapshot before anything is begun.")
    var snapshotFirst = false

    @Flag(
        help: ArgumentHelp(
            "Compact etcd's history and defragment its members afterwards, so that nothing of"
                + " before is kept there."))
    var scrub = false

    @Flag(help: "Take an etcd snapshot when all is done.")
    var snapshotAfter = false
}
