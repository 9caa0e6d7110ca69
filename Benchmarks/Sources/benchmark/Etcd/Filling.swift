internal import Foundation

/// Fills an etcd with what a cluster has that was in use for a while: Secrets, of which every
/// fifth was written once more, some that are deleted again, and a few ConfigMaps in plaintext.
struct Filling {
    /// How many revisions there are of Secrets, deletions not counted.
    struct Secrets: Equatable {
        var current = 0
        var older = 0
    }

    let etcd: EtcdServer
    let values: SealedValues

    private static let configMaps = 10
    private static let namespaces = 20
    /// So that a stored value has about 1 KiB.
    private static let bytesOfSecret = 970
    /// etcd's `--max-txn-ops`.
    private static let operationsAtOnce = 128

    func fill(secrets count: Int) async throws -> Secrets {
        try await forEach(in: 0..<Self.configMaps) {
            put(key("configmaps", $0), Array("k8s\0a ConfigMap, number \($0)".utf8))
        }
        let all = Array(0..<count)
        let deleted = all.filter { $0 % 20 == 0 }
        let overwritten = all.filter { $0 % 5 == 0 }
        try await forEach(in: deleted) { try put(deletedKey($0), secret()) }
        try await forEach(in: all) { try put(key("secrets", $0), secret()) }
        try await forEach(in: overwritten) { try put(key("secrets", $0), secret()) }
        try await forEach(in: deleted) { delete(deletedKey($0)) }
        return Secrets(current: count, older: overwritten.count + deleted.count)
    }

    private func secret() throws -> [UInt8] { try values.make(bytes: Self.bytesOfSecret) }

    private func key(_ resource: String, _ index: Int) -> String {
        "/registry/\(resource)/ns-\(index % Self.namespaces)/\(resource.dropLast())-\(index)"
    }

    private func deletedKey(_ index: Int) -> String { key("secrets", index) + "-deleted" }

    /// Sends operations, many in one transaction, none of whose keys may be the same.
    private func forEach(
        in indices: some RandomAccessCollection<Int>, _ operation: (Int) throws -> String
    ) async throws {
        var rest = indices[...]
        while !rest.isEmpty {
            let operations = try rest.prefix(Self.operationsAtOnce).map(operation)
            rest = rest.dropFirst(Self.operationsAtOnce)
            try await etcd.post(
                "/v3/kv/txn", #"{"success":[\#(operations.joined(separator: ","))]}"#)
        }
    }

    private func put(_ key: String, _ value: [UInt8]) -> String {
        let value = Data(value).base64EncodedString()
        return #"{"request_put":{"key":"\#(base64(key))","value":"\#(value)"}}"#
    }

    private func delete(_ key: String) -> String {
        #"{"request_delete_range":{"key":"\#(base64(key))"}}"#
    }

    private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
