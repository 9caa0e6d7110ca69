/// How an object lies in etcd before encryption: for built-in kinds `k8s\0` and a
/// runtime.Unknown message around the object's own protobuf, for custom resources JSON.
enum StoredObject {
    private static let magic: [UInt8] = [0x6b, 0x38, 0x73, 0x00]

    static func encode(_ object: JSON, as type: ResourceType) throws -> [UInt8] {
        guard let schema = type.schema else { return object.serialized() + [0x0a] }
        var writer = ProtobufWriter()
        writer.message(1) { meta in
            meta.string(1, type.apiVersion)
            meta.string(2, type.kind)
        }
        writer.data(2, try schema.encode(object, path: type.kind))
        writer.string(3, "")
        writer.string(4, "")
        return magic + writer.bytes
    }

    static func decode(_ bytes: [UInt8], as type: ResourceType) throws -> JSON {
        guard let schema = type.schema, bytes.starts(with: magic) else {
            return try JSON(parsing: bytes)
        }
        var reader = ProtobufReader(bytes[magic.count...])
        var raw: ArraySlice<UInt8> = []
        while let (number, value) = try reader.next() {
            if number == 2 { raw = try value.bytes() }
        }
        guard case .object(var members) = try schema.decode(raw) else { return [:] }
        members["apiVersion"] = .string(type.apiVersion)
        members["kind"] = .string(type.kind)
        return .object(members)
    }
}
