internal import LabKit

extension FaultTrial {
    /// A kube-apiserver that doesn't come up, or comes up and fails.
    static let servers: [FaultTrial] = [
        badArgument(3, .enable, .confirmed(1, stage: 1), .docker, ["no-such-flag"]),
        badArgument(2, .rotate, .beforeTheRun, .root, ["isn't ready"]),
        portTaken(2, .enable, .turn(of: 2, stage: 1), .root, until: ""),
        portTaken(3, .rotate, .turn(of: 3, stage: 2), .docker, until: ""),
        portTaken(
            1, .disable, .turn(of: 1, stage: 2), .docker,
            until: " until the former server is put back"),
        ending(2, .enable, .turn(of: 2, stage: 1), .docker),
        ending(3, .rotate, .confirmed(2, stage: 1), .root),
        FaultTrial(
            "the API server of node 1 crashes once", .rotate, .confirmed(1, stage: 2),
            on: .docker, .success
        ) { scene in
            try await scene.node(1).shell(crash)
            return {}
        },
        FaultTrial(
            "the API server of node 2 is stopped", .disable, .confirmed(2, stage: 1), on: .root,
            .success
        ) { scene in
            let node = scene.node(2)
            try await scene.lab.stop(.apiServer, on: node)
            guard node.runtime.isStaticPods else { return {} }
            // Nobody but an administrator puts a manifest back.
            return { try await scene.lab.start(.apiServer, on: node) }
        },
    ]

    /// The process itself, so that what runs it starts it again.
    private static let crash = "pkill -KILL -x kube-apiserver"

    private static func badArgument(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench,
        _ words: [String]
    ) -> FaultTrial {
        FaultTrial(
            "a bad extra argument on node \(number)", workflow, moment, on: bench, .stop(words),
            victims: [number]
        ) { scene in
            let node = scene.node(number)
            try await scene.lab.changeAPIServer(on: node) { $0 + ["--no-such-flag=1"] }
            return {
                try await scene.lab.changeAPIServer(on: node) {
                    $0.filter { $0 != "--no-such-flag=1" }
                }
            }
        }
    }

    /// Another program listens on the port as soon as the server lets go of it.
    ///
    /// - Parameter until: told in the name; not empty: until the new container has been given up.
    private static func portTaken(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench,
        until: String
    ) -> FaultTrial {
        FaultTrial(
            "the API server's port on node \(number) is taken\(until)", workflow, moment,
            on: bench, .stop(["ddress already in use"]), victims: until.isEmpty ? [number] : [],
            needsDocker: !until.isEmpty
        ) { scene in
            let node = scene.node(number)
            let inspect = "docker inspect kube-apiserver-orchestrator-previous"
            let end =
                until.isEmpty
                ? ""
                : """
                setsid sh -c 'until \(inspect); do sleep 0.02; done
                while \(inspect); do sleep 0.02; done
                kill '$thief </dev/null >/dev/null 2>&1 &
                """
            try await node.shell(
                """
                cat >/run/thief.pl <<'END'
                use Socket;
                socket(S, PF_INET, SOCK_STREAM, 0);
                setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
                until (bind(S, sockaddr_in(\(node.apiServerPort), INADDR_ANY)) && listen(S, 5)) {
                    select(undef, undef, undef, 0.005);
                }
                sleep 1000;
                END
                setsid perl /run/thief.pl </dev/null >/dev/null 2>&1 &
                thief=$!
                echo $thief >/run/thief.pid
                \(end)
                """)
            return {
                try await node.shell(
                    "kill $(cat /run/thief.pid) 2>/dev/null; rm /run/thief.pl /run/thief.pid")
            }
        }
    }

    /// From now on it ends again and again, a second after it has started.
    private static func ending(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench
    ) -> FaultTrial {
        FaultTrial(
            "the API server of node \(number) comes up and fails", workflow, moment, on: bench,
            .either([]), victims: [number], limit: .seconds(420)
        ) { scene in
            let node = scene.node(number)
            try await node.shell(
                """
                cat >/run/crash.sh <<'END'
                while sleep 1; do
                    \(crash) && echo crashed >>/run/crashes
                done
                END
                setsid sh /run/crash.sh </dev/null >/dev/null 2>&1 &
                echo $! >/run/crash.pid
                """)
            return {
                try await node.shell(
                    """
                    kill $(cat /run/crash.pid); rm /run/crash.sh /run/crash.pid
                    test -s /run/crashes && rm /run/crashes
                    """)
            }
        }
    }
}
