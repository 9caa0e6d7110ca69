internal import Basics
internal import Foundation

/// The limit: h2load sends the requests that the product's engine sends, and has been told the
/// names. For every server one process with one connection and a share of the objects of its own,
/// since a client of h2load goes through its list again and again.
struct LoadGeneratorContestant: RewriteContestant {
    static let title = "h2load"

    let name = Self.title
    let h2load: Program
    /// Requests under way on each connection.
    let streams: Int

    /// A second or ten each.
    func runs(in scenario: RewriteScenario, round: Int) -> Int { scenario.count < 100_000 ? 2 : 1 }

    func rewrite(_ arena: RewriteArena) async throws -> RewriteEffort {
        let shares = arena.shares
        let body = arena.scratch.path("patch.json")
        try "{}".write(toFile: body, atomically: true, encoding: .utf8)
        var commands: [String] = []
        for (number, share) in shares.enumerated() {
            let list = arena.scratch.path("paths-\(number)")
            try share.joined(separator: "\n").write(toFile: list, atomically: true, encoding: .utf8)
            commands += ["\(share.count)", list]
        }
        let run = try await onOwnThread { [commands] in
            try arena.meter.run(
                try Program.installed("bash"),
                [
                    "-c", Self.script, "bash", h2load.path, "\(streams)", arena.token, body,
                ] + commands)
        }
        guard run.status == 0 else {
            throw Fault(.failed, "\(name): status \(run.status): \(run.errors)")
        }
        let output = try String(contentsOfFile: run.output, encoding: .utf8)
        return try RewriteEffort(run, objects: Self.succeeded(output), of: name)
    }

    private static let script = """
        h2load=$1 streams=$2 token=$3 body=$4
        shift 4
        pids=()
        while (($#)); do
            "$h2load" --requests "$1" --clients 1 --threads 1 --max-concurrent-streams "$streams" \
                --input-file "$2" --data "$body" --header ':method: PATCH' \
                --header 'content-type: application/merge-patch+json' --header \
                'accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' \
                --header "authorization: Bearer $token" &
            pids+=($!)
            shift 2
        done
        for pid in "${pids[@]}"; do wait "$pid" || exit; done
        """

    /// The sum over all processes of `status codes: 1000 2xx, 0 3xx, 0 4xx, 0 5xx`.
    static func succeeded(_ output: String) -> Int {
        output.matches(of: #/status codes: (\d+) 2xx/#).reduce(0) { $0 + (Int($1.output.1) ?? 0) }
    }
}

extension RewriteArena {
    /// The addresses of all objects, shared out over the servers in equal parts.
    fileprivate var shares: [[String]] {
        let nodes = cluster.nodes
        var shares = nodes.map { _ in [String]() }
        for (number, secret) in secrets.all.enumerated() {
            let server = number % nodes.count
            shares[server].append("https://\(nodes[server].place)\(secret.path)")
        }
        return shares.filter { !$0.isEmpty }
    }
}
