internal import LabKit

extension FaultTrial {
    /// A node's file system is full or read-only.
    static let disk: [FaultTrial] = [
        full(2, .enable, .beforeTheRun, .docker),
        full(1, .enable, .turn(of: 1, stage: 1), .root),
        full(3, .rotate, .confirmed(2, stage: 1), .root),
        full(2, .disable, .rewriting, .docker, qps: 40),
        readOnly(1, .enable, .beforeTheRun, .root),
        readOnly(3, .rotate, .confirmed(1, stage: 2), .docker),
        readOnly(2, .disable, .turn(of: 2, stage: 2), .root),
    ]

    /// The whole file system of the node, etcd's and Docker's data included.
    private static func full(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench,
        qps: Int? = nil
    ) -> FaultTrial {
        FaultTrial(
            "the disk of node \(number) is full", workflow, moment, on: bench,
            .either(["o space left on device"]), victims: [number], qps: qps
        ) { scene in
            let node = scene.node(number)
            try await node.shell(
                """
                used=$(df -k --output=used / | tail -n 1)
                mount -o remount,size=$((used + 64))k /
                cat /dev/zero >/fill 2>/dev/null || true
                """)
            return {
                // What couldn't write has ended; the engine, unlike a kubelet, doesn't start all of
                // it again.
                try await node.shell(
                    """
                    rm -f /fill
                    mount -o remount,size=50% /
                    docker start etcd kube-apiserver >/dev/null 2>&1 || true
                    """)
            }
        }
    }

    /// The folder that holds Kubernetes' files alone, since a file system with open files can't be
    /// made read-only.
    private static func readOnly(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench
    ) -> FaultTrial {
        FaultTrial(
            "/etc/kubernetes of node \(number) is read-only", workflow, moment, on: bench,
            .stop(["ead-only file system"])
        ) { scene in
            let node = scene.node(number)
            try await node.shell(
                """
                mount --bind /etc/kubernetes /etc/kubernetes
                mount -o remount,bind,ro /etc/kubernetes
                """)
            return { try await node.shell("umount /etc/kubernetes") }
        }
    }
}
