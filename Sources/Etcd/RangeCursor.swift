internal import Basics

/// How far the reading of a range has come; makes sure that nothing is left out on the way.
struct RangeCursor {
    /// What is still to be read; nil at the end.
    private(set) var rest: EtcdKeyRange?
    private(set) var revision: Int64?
    var pageSize = PageSize()

    private let server: String
    private var total: Int64?
    private var seen: Int64 = 0

    init(_ range: EtcdKeyRange, revision: Int64?, server: String) {
        rest = range
        self.revision = revision
        self.server = server
    }

    /// - Throws: a `Fault` where the page isn't the next part of the range.
    mutating func advance(over page: RangeAnswer) throws {
        guard let range = rest else { return }
        guard let answered = page.revision else { throw fault("names no revision") }
        // Afterwards the header names the newest revision, and the request the one that was read.
        let revision = self.revision ?? answered
        guard answered >= revision else { throw fault("is of revision \(answered), an older one") }
        self.revision = revision
        var last: [UInt8]?
        for entry in page.entries {
            guard range.contains(entry.key), last?.lexicographicallyPrecedes(entry.key) ?? true
            else { throw fault("has a key out of order") }
            last = entry.key
        }
        guard !page.isCut || last != nil else { throw fault("is cut off but empty") }
        seen += Int64(page.entries.count)
        total = total ?? page.count
        rest = page.isCut ? last.map(range.after) : nil
        guard rest != nil || seen == total else {
            throw fault("says \(total ?? 0) keys, but \(seen) came")
        }
    }

    private func fault(_ what: String) -> Fault {
        Fault(.remote, "\(server)/v3/kv/range: etcd's answer \(what)")
    }
}

/// How many keys are asked for at a time. etcd has no limit in bytes, and builds an answer in
/// memory before it sends it: many large values at once would hurt it.
struct PageSize {
    /// What an answer should have at most, if values go on as they were.
    private static let bytesWanted = 2 << 20
    private static let most = 500

    /// A value may be 1.5 MiB (etcd's `--max-request-bytes`): 32 MiB in base64 at first.
    private(set) var keys = 16

    mutating func adapt(keys count: Int, bytes: Int) {
        guard count > 0 else { return }
        let fitting = Self.bytesWanted / max(1, bytes / count)
        keys = max(1, min(fitting, keys * 2, Self.most))
    }
}
