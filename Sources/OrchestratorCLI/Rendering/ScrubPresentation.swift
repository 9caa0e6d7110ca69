import Orchestrator

extension Scrubbed: Presentable {
    struct Document: Encodable {
        struct Member: Encodable {
            let endpoint: String
            let bytesBefore: Int
            let bytesAfter: Int
        }

        let revision: Int64
        let members: [Member]
    }

    var document: Document {
        Document(
            revision: revision,
            members: members.map {
                .init(endpoint: $0.endpoint, bytesBefore: $0.before, bytesAfter: $0.after)
            })
    }

    var lines: [String] {
        [
            "scrubbed: nothing of before revision \(Int(revision).grouped) is kept in etcd's databases"
        ]
            + members.map {
                "  \($0.endpoint): \($0.before.asBytes) before, \($0.after.asBytes) now"
            }
    }

    var text: String { lines.map { $0 + "\n" }.joined() }
}

/// The beginning of a sentence about snapshots that need a key: `2 known snapshots need`.
struct KeptText {
    let text: String

    init(_ snapshots: [String]) {
        text =
            snapshots.count == 1
            ? "the snapshot \(snapshots[0]) needs"
            : "\(snapshots.count) known snapshots (\(snapshots.prefix(3).joined(separator: ", "))"
                + "\(snapshots.count > 3 ? ", …" : "")) need"
    }
}
