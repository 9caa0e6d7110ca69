internal import LabKit

extension FaultTrial {
    /// A node's Docker Engine crashes or hangs. Containers go on without it.
    static let engine: [FaultTrial] = [
        crashed(1, .disable, .beforeTheRun, .root),
        crashed(2, .enable, .replacing(2), .docker),
        crashed(3, .rotate, .confirmed(2, stage: 1), .root),
        FaultTrial(
            "the Docker Engine of node 2 hangs", .rotate, .turn(of: 2, stage: 1), on: .docker,
            .stop(["the Docker Engine doesn't answer", "journalctl"]), victims: [2],
            needsDocker: true
        ) { scene in
            let node = scene.node(2)
            try await node.shell("pkill -STOP -x dockerd")
            return { try await node.shell("pkill -CONT -x dockerd") }
        },
        FaultTrial(
            "the Docker Engine of node 3 hangs", .enable, .beforeTheRun, on: .root,
            .stop(["docker"]), victims: [3], needsDocker: true
        ) { scene in
            let node = scene.node(3)
            try await node.shell("pkill -STOP -x dockerd")
            return { try await node.shell("pkill -CONT -x dockerd") }
        },
    ]

    private static func crashed(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench
    ) -> FaultTrial {
        FaultTrial(
            "the Docker Engine of node \(number) is gone", workflow, moment, on: bench,
            .stop(["docker"]), victims: [number], needsDocker: true
        ) { scene in
            let node = scene.node(number)
            try await node.shell(
                """
                cp /proc/$(pgrep -x dockerd)/cmdline /run/dockerd.cmdline
                pkill -KILL -x dockerd
                """)
            return {
                try await node.shell(
                    """
                    set -- $(tr '\\0' ' ' </run/dockerd.cmdline)
                    rm /run/dockerd.cmdline
                    setsid "$@" >>/var/log/dockerd.log 2>&1 </dev/null &
                    until docker version >/dev/null 2>&1; do sleep 0.1; done
                    """)
            }
        }
    }
}
