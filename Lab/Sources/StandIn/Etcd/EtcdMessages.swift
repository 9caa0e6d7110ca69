/// The few messages of etcd's KV service that a kube-apiserver needs; field numbers from
/// etcd's `api/etcdserverpb/rpc.proto` and `api/mvccpb/kv.proto`.

/// One key and its value.
struct EtcdKeyValue: Sendable {
    let key: [UInt8]
    let value: [UInt8]
    let modRevision: Int64
}

struct EtcdRange: Sendable {
    var key: [UInt8]
    /// Empty for this key alone.
    var end: [UInt8] = []
    /// 0 for all.
    var limit: Int64 = 0
    /// 0 for the newest.
    var revision: Int64 = 0

    func encode() -> [UInt8] {
        var writer = ProtobufWriter()
        writer.data(1, key)
        if !end.isEmpty { writer.data(2, end) }
        if limit > 0 { writer.varint(3, limit) }
        if revision > 0 { writer.varint(4, revision) }
        return writer.bytes
    }
}

struct EtcdRangeResult: Sendable {
    /// The store's newest revision.
    var revision: Int64 = 0
    var values: [EtcdKeyValue] = []
    /// How many keys the range has, the limit put aside.
    var count: Int64 = 0
}

/// A change of one key on the condition that its last change was at `modRevision` (0: that it
/// doesn't exist), with a read of the key when the condition doesn't hold.
struct EtcdConditional: Sendable {
    enum Change: Sendable {
        case put([UInt8])
        case delete
    }

    let key: [UInt8]
    let modRevision: Int64
    let change: Change

    func encode() -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { compare in
            compare.varint(2, 2)
            compare.data(3, key)
            compare.varint(6, modRevision)
        }
        writer.message(2) { operation in
            switch change {
            case .put(let value):
                operation.message(2) { put in
                    put.data(1, key)
                    put.data(2, value)
                }
            case .delete: operation.message(3) { $0.data(1, key) }
            }
        }
        writer.message(3) { $0.data(1, EtcdRange(key: key).encode()) }
        return writer.bytes
    }
}

struct EtcdConditionalResult: Sendable {
    var succeeded = false
    var revision: Int64 = 0
    /// What was there instead, when it didn't succeed; nil when nothing was.
    var found: EtcdKeyValue?
}

extension EtcdKeyValue {
    init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        var key: [UInt8] = []
        var stored: [UInt8] = []
        var revision: Int64 = 0
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: key = Array(try value.bytes())
            case 3: revision = try value.integer()
            case 5: stored = Array(try value.bytes())
            default: break
            }
        }
        self.init(key: key, value: stored, modRevision: revision)
    }
}

/// The revision in a ResponseHeader.
private func headerRevision(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> Int64 {
    var reader = ProtobufReader(bytes)
    var revision: Int64 = 0
    while let (field, value) = try reader.next() {
        if field == 3 { revision = try value.integer() }
    }
    return revision
}

extension EtcdRangeResult {
    init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: revision = try headerRevision(value.bytes())
            case 2: values.append(try EtcdKeyValue(value.bytes()))
            case 4: count = try value.integer()
            default: break
            }
        }
    }
}

extension EtcdConditionalResult {
    init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: revision = try headerRevision(value.bytes())
            case 2: succeeded = try value.integer() != 0
            case 3: found = try Self.firstValue(value.bytes()) ?? found
            default: break
            }
        }
    }

    /// The first key of a ResponseOp that holds a range.
    private static func firstValue(
        _ bytes: ArraySlice<UInt8>
    ) throws(ProtobufError) -> EtcdKeyValue? {
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            if field == 1 { return try EtcdRangeResult(value.bytes()).values.first }
        }
        return nil
    }
}
