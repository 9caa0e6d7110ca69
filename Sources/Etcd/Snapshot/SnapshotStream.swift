internal import Basics
internal import Crypto
internal import HTTP
internal import JSON
internal import Synchronization

extension EtcdGateway {
    /// The gateway sends one JSON object a line, `{"result":{"remaining_bytes":"…","blob":"…"}}`.
    func snapshot(
        into file: NewFile, progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        let path = "/v3/maintenance/snapshot"
        let lines = Mutex(SnapshotLines())
        let head = try await exchanger.stream(streaming(path)) { piece in
            let (blobs, part) = try lines.withLock { (try $0.feed(piece), $0.part) }
            for blob in blobs {
                try blob.withUnsafeBytes { try file.write($0) }
            }
            progress(part)
        }
        let (failure, isComplete) = lines.withLock { ($0.failure, $0.isComplete) }
        guard head.status == 200, failure == nil else {
            throw Fault(
                .remote,
                "\(baseURL)\(path): etcd says: \(failure ?? "HTTP status \(head.status)")",
                hint: head.status == 404
                    ? "The JSON gateway under /v3 needs etcd 3.4 or later." : nil)
        }
        guard isComplete else {
            throw Fault(.remote, "\(baseURL)\(path): the snapshot ended before its hash came")
        }
    }
}

/// Takes a snapshot's lines apart as they come.
struct SnapshotLines {
    private enum Slot {
        static let remaining = 0, blob = 1, message = 2
    }

    /// In bytes; etcd sends 32 KiB of the file at once.
    private static let longestLine = 16 << 20
    private static let selection = JSONSelection(
        .object([
            "result": .object([
                "remaining_bytes": .scalar(Slot.remaining),
                "blob": .beginning(Slot.blob, bytes: longestLine),
            ]),
            "error": .object(["message": .beginning(Slot.message, bytes: 500)]),
            "message": .beginning(Slot.message, bytes: 500),
        ]))

    /// What has come of the line that isn't whole yet.
    private var line: [UInt8] = []
    private var remaining: Int64 = 0
    private var lastLength = 0
    private var received: Int64 = 0
    /// What etcd said instead.
    private(set) var failure: String?

    /// What has come of all there is. What remains may be any number that etcd likes to tell.
    var part: Double { Double(received) / max(1, Double(received) + Double(max(0, remaining))) }
    /// The last thing that comes is the hash alone.
    var isComplete: Bool { remaining == 0 && lastLength == 32 && received > 32 && line.isEmpty }

    /// - Returns: the pieces of the file that have come with it.
    mutating func feed(_ piece: UnsafeRawBufferPointer) throws -> [SecretBytes] {
        var blobs: [SecretBytes] = []
        var rest = piece[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            line += rest[..<end]
            rest = rest[rest.index(after: end)...]
            if let blob = try endLine() { blobs.append(blob) }
        }
        line += rest
        guard line.count <= Self.longestLine else {
            throw Fault(.remote, "etcd sent a line of its snapshot that is longer than any")
        }
        return blobs
    }

    private mutating func endLine() throws -> SecretBytes? {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return nil }
        var selector = JSONSelector(Self.selection)
        var blob: SecretBytes?
        // Left out where it is 0.
        var left: Int64 = 0
        func note(_ finding: JSONSelector.Finding) throws {
            switch finding.slot {
            case Slot.blob:
                guard finding.isString,
                    let bytes = Base64.decode(SecretBytes(copying: finding.text))
                else { throw Fault(.remote, "etcd sent something as a snapshot that isn't base64") }
                blob = bytes
            case Slot.remaining:
                left = Int64(String(decoding: finding.text, as: UTF8.self)) ?? 0
            default: failure = String(decoding: finding.text, as: UTF8.self)
            }
        }
        do {
            try line.withUnsafeBytes { try selector.feed($0, receive: note) }
            try selector.finish(receive: note)
        } catch let malformed as JSONMalformed {
            throw Fault(.remote, "etcd sent something as a snapshot that isn't: \(malformed)")
        }
        guard let blob else { return nil }
        remaining = left
        lastLength = blob.count
        received += Int64(blob.count)
        return blob
    }
}
