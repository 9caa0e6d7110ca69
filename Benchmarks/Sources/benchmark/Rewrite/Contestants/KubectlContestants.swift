internal import Basics

/// What every guide tells to do: all Secrets through the operator's machine, one at a time.
struct KubectlContestant: RewriteContestant {
    static let title = "kubectl replace"

    let name = Self.title
    let greatestCount = 10_000
    let kubectl: Program

    func rewrite(_ arena: RewriteArena) async throws -> RewriteEffort {
        let script = """
            set -o pipefail
            "$1" --kubeconfig "$2" get secrets --all-namespaces --output json |
                "$1" --kubeconfig "$2" replace "$3" --filename -
            """
        return try await arena.run(script, with: kubectl, of: name)
    }
}

/// The same by namespace, eight at a time.
struct ParallelKubectlContestant: RewriteContestant {
    let name = "kubectl by xargs -P 8"
    let greatestCount = 10_000
    let kubectl: Program

    func rewrite(_ arena: RewriteArena) async throws -> RewriteEffort {
        let script = """
            kubectl=$1 kubeconfig=$2 validate=$3
            shift 3
            export kubectl kubeconfig validate
            printf '%s\\n' "$@" | xargs --max-procs 8 --replace=NAMESPACE bash -c '
                set -o pipefail
                "$kubectl" --kubeconfig "$kubeconfig" get secrets --namespace "$1" --output json |
                    "$kubectl" --kubeconfig "$kubeconfig" replace "$validate" \\
                        --filename -
            ' bash NAMESPACE
            """
        let namespaces = Set(arena.secrets.all.map(\.namespace)).sorted()
        return try await arena.run(script, namespaces, with: kubectl, of: name)
    }
}

extension RewriteArena {
    /// Runs a script that rewrites all; it gets the program, the kubeconfig, the option about
    /// validation and then the arguments.
    fileprivate func run(
        _ script: String, _ arguments: [String] = [], with kubectl: Program, of name: String
    ) async throws -> RewriteEffort {
        let bash = try Program.installed("bash")
        // The default, but that the stand-in has no schema, without which kubectl refuses.
        let validation = "--validate=\(try cluster.isStandIn ? "false" : "true")"
        let run = try await onOwnThread {
            try meter.run(
                bash,
                ["-c", script, "bash", kubectl.path, kubeconfig, validation] + arguments)
        }
        return try RewriteEffort(run, objects: secrets.all.count, of: name)
    }
}
