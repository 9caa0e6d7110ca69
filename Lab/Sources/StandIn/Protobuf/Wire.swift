/// Writes fields in protobuf's wire format.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private mutating func raw(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func varint(_ field: Int, _ value: Int64) {
        raw(varint: UInt64(field) << 3)
        raw(varint: UInt64(bitPattern: value))
    }

    mutating func data(_ field: Int, _ value: some Collection<UInt8>) {
        raw(varint: UInt64(field) << 3 | 2)
        raw(varint: UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func string(_ field: Int, _ value: String) {
        data(field, value.utf8)
    }

    mutating func message(_ field: Int, _ fill: (inout ProtobufWriter) throws -> Void) rethrows {
        var inner = ProtobufWriter()
        try fill(&inner)
        data(field, inner.bytes)
    }
}

/// The bytes are not a protobuf message.
struct ProtobufError: Error, CustomStringConvertible {
    let description: String
    static let truncated = ProtobufError(description: "unexpected EOF")
}

/// Reads fields in protobuf's wire format; `next` gives them one by one.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case data(ArraySlice<UInt8>)

        func integer() throws(ProtobufError) -> Int64 {
            guard case .varint(let value) = self else {
                throw ProtobufError(description: "proto: wrong wireType")
            }
            return Int64(bitPattern: value)
        }

        func bytes() throws(ProtobufError) -> ArraySlice<UInt8> {
            guard case .data(let value) = self else {
                throw ProtobufError(description: "proto: wrong wireType")
            }
            return value
        }

        func string() throws(ProtobufError) -> String {
            String(decoding: try bytes(), as: UTF8.self)
        }
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    private mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            guard position < bytes.endIndex else { throw .truncated }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw ProtobufError(description: "proto: integer overflow")
    }

    private mutating func take(_ count: UInt64) throws(ProtobufError) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.endIndex - position) else { throw .truncated }
        let end = position + Int(count)
        defer { position = end }
        return bytes[position..<end]
    }

    /// The next field's number and value; nil at the end. Fixed-width fields come as data.
    mutating func next() throws(ProtobufError) -> (field: Int, value: Value)? {
        guard position < bytes.endIndex else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 <= 0x1fff_ffff else {
            throw ProtobufError(description: "proto: illegal tag")
        }
        let field = Int(tag >> 3)
        switch tag & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .data(try take(8)))
        case 2:
            let count = try varint()
            return (field, .data(try take(count)))
        case 5: return (field, .data(try take(4)))
        default: throw ProtobufError(description: "proto: illegal wireType \(tag & 7)")
        }
    }
}
