/// A member of an object has another type than its schema says; in Go's words.
struct SchemaMismatch: Error, CustomStringConvertible {
    let description: String

    static func cannotUnmarshal(_ value: JSON, into path: String) -> SchemaMismatch {
        let type =
            switch value {
            case .null: "null"
            case .bool: "bool"
            case .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        return SchemaMismatch(
            description: "json: cannot unmarshal \(type) into Go struct field \(path)")
    }
}

extension Schema {
    /// The protobuf message of a JSON object. Members that the schema doesn't know are dropped,
    /// as kube-apiserver drops them.
    func encode(_ object: JSON, path: String) throws -> [UInt8] {
        guard let members = object.object else {
            throw SchemaMismatch.cannotUnmarshal(object, into: path)
        }
        var writer = ProtobufWriter()
        for field in fields {
            let value = members[field.name] ?? .null
            if value == .null {
                guard field.isValue else { continue }
                field.writeEmpty(to: &writer)
            } else {
                try field.write(value, kind: field.kind, path: "\(path).\(field.name)", to: &writer)
            }
        }
        return writer.bytes
    }
}

extension SchemaField {
    fileprivate func writeEmpty(to writer: inout ProtobufWriter) {
        switch kind {
        case .integer, .bool: writer.varint(number, 0)
        case .message(let schema):
            let inner = (try? schema.encode([:], path: name)) ?? []
            writer.data(number, inner)
        default: writer.data(number, [])
        }
    }

    fileprivate func write(
        _ value: JSON, kind: Kind, path: String, to writer: inout ProtobufWriter
    ) throws {
        switch (kind, value) {
        case (.string, .string(let text)): writer.string(number, text)
        case (.bytes, .string(let text)): writer.data(number, try Base64.decode(text))
        case (.bool, .bool(let flag)): writer.varint(number, flag ? 1 : 0)
        case (.integer, .number(let digits)):
            guard let integer = Int64(digits) else {
                throw SchemaMismatch.cannotUnmarshal(value, into: "\(path) of type int64")
            }
            writer.varint(number, integer)
        case (.message(let schema), .object):
            writer.data(number, try schema.encode(value, path: path))
        case (.time, .string(let text)), (.microTime, .string(let text)):
            let time =
                if case .microTime = kind { try WallTime(micro: text) } else { try WallTime(text) }
            writer.message(number) { inner in
                inner.varint(1, time.seconds)
                inner.varint(2, Int64(time.nanoseconds))
            }
        case (.rawJSON, _): writer.message(number) { $0.data(1, value.serialized()) }
        case (.list(let element), .array(let elements)):
            for item in elements {
                try write(item, kind: element, path: path, to: &writer)
            }
        case (.stringMap, .object(let entries)):
            try writeMap(entries, value: .string, path: path, to: &writer)
        case (.bytesMap, .object(let entries)):
            try writeMap(entries, value: .bytes, path: path, to: &writer)
        default: throw SchemaMismatch.cannotUnmarshal(value, into: path)
        }
    }

    /// Entries in the order of their keys' bytes, which makes the encoding deterministic.
    private func writeMap(
        _ entries: [String: JSON], value kind: Kind, path: String, to writer: inout ProtobufWriter
    ) throws {
        let ordered = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (key, value) in ordered {
            try writer.message(number) { entry in
                entry.string(1, key)
                if value == .null {
                    if case .string = kind { entry.string(2, "") }
                } else {
                    let slot = SchemaField(2, name, kind)
                    try slot.write(value, kind: kind, path: path, to: &entry)
                }
            }
        }
    }
}
