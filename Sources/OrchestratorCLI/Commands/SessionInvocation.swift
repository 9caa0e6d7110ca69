import Orchestrator

/// What commands that open a session and show one result have in common.
struct SessionInvocation {
    let access: SessionOptions.Access
    let cluster: ClusterOptions
    let output: OutputOptions
    var speed: RewriteSpeedOptions?

    func run(_ body: (ClusterSession, Console) async throws -> Void) async throws {
        let console = Console(output)
        try await console.reportingFaults {
            let session = try await ClusterSession.open(
                cluster.session(rewriting: speed?.limits ?? RewriteLimits()), access: access
            ) {
                console.show($0)
            }
            try await session.closingAfterwards { try await body(session, console) }
        }
    }
}
