import ArgumentParser
import Basics
import Foundation
import Orchestrator

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// How the program speaks.
struct OutputOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The form of the result on standard output.")
    var output = OutputFormat.text

    @Flag(name: [.short, .long], help: "Also say what is being looked at.")
    var verbose = false

    @Flag(name: [.short, .long], help: "No progress on standard error; warnings and errors only.")
    var quiet = false

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

    var session: SessionOptions {
        SessionOptions(
            configPath: config, kubeconfigPath: kubeconfig, sshAgentAuth: sshAgentAuth,
            acceptNewHostKeys: acceptNewHostKeys, ignoreDockerVersion: ignoreDockerVersion,
            environment: ProcessInfo.processInfo.environment)
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
