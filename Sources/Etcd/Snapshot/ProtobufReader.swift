/// The fields of one protobuf message, in order, without a schema
/// (protobuf.dev/programming-guides/encoding). Doubts everything, copies nothing.
struct ProtobufReader {
    enum Value {
        case number(UInt64)
        case bytes(UnsafeRawBufferPointer)
    }

    private var rest: UnsafeRawBufferPointer.SubSequence
    /// Whether something was no field. Then there are no more.
    private(set) var isBroken = false

    init(_ message: UnsafeRawBufferPointer) { rest = message[...] }

    mutating func next() -> (field: UInt64, value: Value)? {
        guard !rest.isEmpty, !isBroken else { return nil }
        guard let tag = varint(), tag >> 3 > 0, let value = value(ofKind: tag & 7) else {
            isBroken = true
            return nil
        }
        return (tag >> 3, value)
    }

    private mutating func value(ofKind kind: UInt64) -> Value? {
        switch kind {
        case 0: varint().map(Value.number)
        case 1: take(8).map(Value.bytes)
        case 2: varint().flatMap { Int(exactly: $0) }.flatMap { take($0) }.map(Value.bytes)
        case 5: take(4).map(Value.bytes)
        default: nil
        }
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }

    private mutating func varint() -> UInt64? {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            result |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return result }
        }
        return nil
    }
}

extension ProtobufReader {
    /// The last one counts, as the encoding wants it.
    static func bytes(
        of field: UInt64, in message: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        var reader = ProtobufReader(message)
        var found: UnsafeRawBufferPointer?
        while let (number, value) = reader.next() {
            if number == field, case .bytes(let bytes) = value { found = bytes }
        }
        return reader.isBroken ? nil : found
    }
}
