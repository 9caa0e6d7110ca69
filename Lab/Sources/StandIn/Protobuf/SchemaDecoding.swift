extension Schema {
    /// The JSON object of a protobuf message; unknown fields are dropped.
    func decode(_ bytes: ArraySlice<UInt8>) throws -> JSON {
        var members: [String: JSON] = [:]
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            guard let field = self[number] else { continue }
            try field.read(value, into: &members[field.name])
        }
        for field in fields where field.isValue {
            if case .message = field.kind {
                // A struct in Go, which `omitempty` never leaves out.
                members[field.name] = members[field.name] ?? [:]
            } else if let value = members[field.name], value.isEmpty {
                members[field.name] = nil
            }
        }
        return .object(members)
    }
}

extension SchemaField {
    fileprivate func read(_ value: ProtobufReader.Value, into slot: inout JSON?) throws {
        switch kind {
        case .list(let element):
            slot = .array((slot?.array ?? []) + [try Self.read(value, element)])
        case .stringMap, .bytesMap:
            let (key, text) = try readEntry(value.bytes())
            slot = (slot ?? .object([:])).settingMember(key, to: text)
        default: slot = try Self.read(value, kind)
        }
    }

    private static func read(_ value: ProtobufReader.Value, _ kind: Kind) throws -> JSON {
        switch kind {
        case .string: .string(try value.string())
        case .bytes: .string(Base64.encode(try value.bytes()))
        case .integer: .number(String(try value.integer()))
        case .bool: .bool(try value.integer() != 0)
        case .message(let schema): try schema.decode(try value.bytes())
        case .time: try readTime(value.bytes()).map { .string($0.rfc3339) } ?? .null
        case .microTime: try readTime(value.bytes()).map { .string($0.rfc3339Micro) } ?? .null
        case .rawJSON: try readRawJSON(value.bytes())
        case .list, .stringMap, .bytesMap:
            throw ProtobufError(description: "proto: nested repetition")
        }
    }

    /// An empty message is Go's zero time.
    private static func readTime(_ bytes: ArraySlice<UInt8>) throws -> WallTime? {
        guard !bytes.isEmpty else { return nil }
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            switch number {
            case 1: seconds = try value.integer()
            case 2: nanoseconds = try value.integer()
            default: break
            }
        }
        return WallTime(seconds: seconds, nanoseconds: Int32(clamping: nanoseconds))
    }

    private static func readRawJSON(_ bytes: ArraySlice<UInt8>) throws -> JSON {
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            if number == 1 { return try JSON(parsing: Array(value.bytes())) }
        }
        return .null
    }

    private func readEntry(_ bytes: ArraySlice<UInt8>) throws -> (String, JSON) {
        var key = ""
        var result = JSON.string("")
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            if number == 1 {
                key = try value.string()
            } else if number == 2 {
                if case .bytesMap = kind {
                    result = .string(Base64.encode(try value.bytes()))
                } else {
                    result = .string(try value.string())
                }
            }
        }
        return (key, result)
    }
}

extension JSON {
    fileprivate consuming func settingMember(_ name: String, to value: JSON) -> JSON {
        guard case .object(var members) = self else { return .object([name: value]) }
        members[name] = value
        return .object(members)
    }
}
