/// One revision of one key as etcd keeps it in the bucket `key`: the revision as key (`main`, `_`,
/// `sub`, big-endian, and `t` for a deletion; server/mvcc/revision.go), a `KeyValue` as value
/// (api/mvccpb/kv.proto). Lent: gone with the page that it was read from.
struct StoredRevision {
    let main: Int64
    let isDeletion: Bool
    let key: UnsafeRawBufferPointer
    let value: UnsafeRawBufferPointer

    /// Nil for anything else.
    init?(revision: UnsafeRawBufferPointer, keyValue: UnsafeRawBufferPointer) {
        guard revision.count == 17 || revision.count == 18, revision[8] == UInt8(ascii: "_") else {
            return nil
        }
        isDeletion = revision.count == 18
        guard !isDeletion || revision[17] == UInt8(ascii: "t") else { return nil }
        main = Int64(bitPattern: revision.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        guard main >= 0 else { return nil }
        var reader = ProtobufReader(keyValue)
        var (key, value) = (
            UnsafeRawBufferPointer?.none, UnsafeRawBufferPointer(start: nil, count: 0)
        )
        while let field = reader.next() {
            switch field {
            case (1, .bytes(let bytes)): key = bytes
            case (5, .bytes(let bytes)): value = bytes
            default: break
            }
        }
        guard !reader.isBroken, let key else { return nil }
        (self.key, self.value) = (key, value)
    }
}
