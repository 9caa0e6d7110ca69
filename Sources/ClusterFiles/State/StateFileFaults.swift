internal import Basics
internal import JSON

/// Why a state file can't be used. In every case it is left as it is.
enum StateFileFaults {
    private static func repair(_ file: String) -> String {
        "It was left as it is. Restore it from \(file).bak, from a backup, or from the Secret "
            + "kube-system/full-cluster-state; it holds the cluster's keys, so don't delete it."
    }

    static func empty(file: String, bytes: Int) -> Fault {
        Fault(
            .corrupt,
            bytes == 0
                ? "the state file is empty" : "the state file holds nothing but blanks or zeros",
            hint: repair(file), place: Fault.Place(file: file))
    }

    static func notJSON(file: String) -> Fault {
        Fault(
            .badInput, "this is not a state file: it doesn't begin with «{»",
            hint: "It was left as it is. The state file is named after cluster.yml "
                + "(cluster.rkestate); is another file in its place?",
            place: Fault.Place(file: file, line: 1, column: 1))
    }

    static func torn(_ mistake: JSONMalformed, in bytes: SecretBytes, file: String) -> Fault {
        Fault(
            .corrupt,
            mistake.isTruncated
                ? "the state file ends in the middle"
                : "the state file is damaged: \(mistake.reason)",
            hint: repair(file), place: place(of: mistake.offset, in: bytes, file: file))
    }

    static func contradiction(_ what: String, file: String) -> Fault {
        Fault(
            .corrupt, "the state file makes no sense: \(what)", hint: repair(file),
            place: Fault.Place(file: file))
    }

    static func newer(version: Int, file: String) -> Fault {
        Fault(
            .refused,
            "a newer orchestrator wrote the state file (format \(version), this one knows "
                + "\(JournalCoding.version))",
            hint: "It was left as it is. Install the version that wrote it, or a later one.",
            place: Fault.Place(file: file))
    }

    private static func place(
        of offset: Int, in bytes: SecretBytes, file: String
    ) -> Fault.Place {
        bytes.withUnsafeBytes { raw in
            let before = raw.prefix(offset)
            let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            return Fault.Place(
                file: file, line: before.count { $0 == UInt8(ascii: "\n") } + 1,
                column: offset - lineStart + 1)
        }
    }
}
