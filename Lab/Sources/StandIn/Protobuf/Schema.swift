/// How one field of a Kubernetes type lies in JSON and in protobuf.
///
/// Names and numbers are those of the `generated.proto` files of k8s.io/api and
/// k8s.io/apimachinery, which are stable by Kubernetes' own promise.
struct SchemaField: Sendable {
    indirect enum Kind: Sendable {
        case string
        case bytes
        case integer
        case bool
        case message(Schema)
        /// A wall-clock time in whole seconds; RFC 3339 in JSON.
        case time
        /// A wall-clock time in microseconds; RFC 3339 with six decimals in JSON.
        case microTime
        /// JSON text inside a message of one bytes field (FieldsV1).
        case rawJSON
        case list(Kind)
        case stringMap
        case bytesMap
    }

    let number: Int
    let name: String
    let kind: Kind
    /// Not a pointer in Go: written even when empty, and left out of JSON when empty.
    let isValue: Bool

    init(_ number: Int, _ name: String, _ kind: Kind, isValue: Bool = false) {
        self.number = number
        self.name = name
        self.kind = kind
        self.isValue = isValue
    }
}

struct Schema: Sendable {
    let fields: [SchemaField]
    private let byNumber: [Int: SchemaField]

    /// Fields in ascending order of their numbers, which is how Kubernetes writes them.
    init(_ fields: SchemaField...) {
        self.fields = fields
        byNumber = Dictionary(uniqueKeysWithValues: fields.map { ($0.number, $0) })
    }

    subscript(number: Int) -> SchemaField? { byNumber[number] }
}

extension Schema {
    static let ownerReference = Schema(
        SchemaField(1, "kind", .string, isValue: true),
        SchemaField(3, "name", .string, isValue: true),
        SchemaField(4, "uid", .string, isValue: true),
        SchemaField(5, "apiVersion", .string, isValue: true),
        SchemaField(6, "controller", .bool),
        SchemaField(7, "blockOwnerDeletion", .bool))

    static let managedFieldsEntry = Schema(
        SchemaField(1, "manager", .string, isValue: true),
        SchemaField(2, "operation", .string, isValue: true),
        SchemaField(3, "apiVersion", .string, isValue: true),
        SchemaField(4, "time", .time),
        SchemaField(6, "fieldsType", .string, isValue: true),
        SchemaField(7, "fieldsV1", .rawJSON),
        SchemaField(8, "subresource", .string, isValue: true))

    static let objectMeta = Schema(
        SchemaField(1, "name", .string, isValue: true),
        SchemaField(2, "generateName", .string, isValue: true),
        SchemaField(3, "namespace", .string, isValue: true),
        SchemaField(4, "selfLink", .string, isValue: true),
        SchemaField(5, "uid", .string, isValue: true),
        SchemaField(6, "resourceVersion", .string, isValue: true),
        SchemaField(7, "generation", .integer, isValue: true),
        SchemaField(8, "creationTimestamp", .time, isValue: true),
        SchemaField(9, "deletionTimestamp", .time),
        SchemaField(10, "deletionGracePeriodSeconds", .integer),
        SchemaField(11, "labels", .stringMap),
        SchemaField(12, "annotations", .stringMap),
        SchemaField(13, "ownerReferences", .list(.message(ownerReference))),
        SchemaField(14, "finalizers", .list(.string)),
        SchemaField(17, "managedFields", .list(.message(managedFieldsEntry))))

    static let secret = Schema(
        SchemaField(1, "metadata", .message(objectMeta), isValue: true),
        SchemaField(2, "data", .bytesMap),
        SchemaField(3, "type", .string, isValue: true),
        SchemaField(5, "immutable", .bool))

    static let configMap = Schema(
        SchemaField(1, "metadata", .message(objectMeta), isValue: true),
        SchemaField(2, "data", .stringMap),
        SchemaField(3, "binaryData", .bytesMap),
        SchemaField(4, "immutable", .bool))

    static let namespace = Schema(
        SchemaField(1, "metadata", .message(objectMeta), isValue: true),
        SchemaField(
            2, "spec", .message(Schema(SchemaField(1, "finalizers", .list(.string)))),
            isValue: true),
        SchemaField(
            3, "status", .message(Schema(SchemaField(1, "phase", .string, isValue: true))),
            isValue: true))

    static let lease = Schema(
        SchemaField(1, "metadata", .message(objectMeta), isValue: true),
        SchemaField(
            2, "spec",
            .message(
                Schema(
                    SchemaField(1, "holderIdentity", .string),
                    SchemaField(2, "leaseDurationSeconds", .integer),
                    SchemaField(3, "acquireTime", .microTime),
                    SchemaField(4, "renewTime", .microTime),
                    SchemaField(5, "leaseTransitions", .integer),
                    SchemaField(6, "strategy", .string),
                    SchemaField(7, "preferredHolder", .string))),
            isValue: true))
}
