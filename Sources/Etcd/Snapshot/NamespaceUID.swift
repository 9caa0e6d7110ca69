internal import Basics
internal import JSON

/// The UID of a namespace, taken from the object as it is stored: of `kube-system`'s it tells which
/// cluster a snapshot is of.
enum NamespaceUID {
    /// - Parameter object: protobuf (`runtime.Unknown` behind four bytes) or JSON.
    static func read(_ object: UnsafeRawBufferPointer) -> String? {
        let uid: String? =
            object.starts(with: "k8s\0".utf8)
            ? protobuf(UnsafeRawBufferPointer(rebasing: object.dropFirst(4)))
            : (try? JSONValue(parsing: Array(object)))?.at("metadata", "uid")?.text
        guard let uid, (1...64).contains(uid.utf8.count),
            uid.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return uid
    }

    /// The numbers of `raw` in runtime.Unknown, `metadata` in Namespace and `uid` in ObjectMeta
    /// (apimachinery/pkg/runtime/generated.proto, k8s.io/api/core/v1/generated.proto,
    /// apimachinery/pkg/apis/meta/v1/generated.proto).
    private static func protobuf(_ unknown: UnsafeRawBufferPointer) -> String? {
        ProtobufReader.bytes(of: 2, in: unknown)
            .flatMap { ProtobufReader.bytes(of: 1, in: $0) }
            .flatMap { ProtobufReader.bytes(of: 5, in: $0) }
            .flatMap { String(validating: $0, as: UTF8.self) }
    }
}
