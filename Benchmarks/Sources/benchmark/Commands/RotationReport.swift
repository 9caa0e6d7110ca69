/// Of the document of `encrypt rotate-key` (docs/json.md) what tells where the time went.
struct RotationReport: Decodable {
    struct Stage: Decodable {
        struct Node: Decodable {
            let seconds: Double
            let restarted: Bool
        }

        let nodes: [Node]

        /// Until each server was seen to run with its config: one after the other where they are
        /// restarted, side by side where they reload.
        var seconds: Double {
            nodes.contains(where: \.restarted)
                ? nodes.map(\.seconds).reduce(0, +) : nodes.map(\.seconds).max() ?? 0
        }
    }

    struct Rewrite: Decodable {
        let objects: Int
        let seconds: Double
    }

    let stages: [Stage]
    let rewrite: Rewrite
    let waitedSeconds: Double?
}

/// One rotation, from the start of the program to its end.
struct Rotation {
    let report: RotationReport
    let seconds: Double
    /// In bytes.
    let peak: Int

    /// Until every server had what each stage wants it to have.
    var servers: Double { report.stages.map(\.seconds).reduce(0, +) }
    var rewriting: Double { report.rewrite.seconds }
    /// For writes that were begun before the servers reloaded.
    var waiting: Double { report.waitedSeconds ?? 0 }
    /// The program's own time: logins, the plan, the journal, the proof in etcd.
    var rest: Double { seconds - servers - rewriting - waiting }
}
