internal import Basics

/// Little-endian fields one after the other, which may say anything: nothing outside of the bytes
/// is ever read.
struct RecordCursor {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func next<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type
    ) throws(ArchiveDamage) -> Value {
        try bytes(MemoryLayout<Value>.size).reversed().reduce(0) { $0 << 8 | Value($1) }
    }

    mutating func bytes(_ count: some BinaryInteger) throws(ArchiveDamage) -> ArraySlice<UInt8> {
        guard let count = Int(exactly: count), count >= 0, count <= rest.count else {
            throw ArchiveDamage("a record goes on beyond its end")
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func skip(_ count: Int) throws(ArchiveDamage) { _ = try bytes(count) }
}

extension SeekableFile {
    /// The bytes from a place on; only for few of them.
    func record(at offset: Int, count: Int) throws -> ArraySlice<UInt8> {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
            throw ArchiveDamage("a record lies beyond the end of the file")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = try bytes.withUnsafeMutableBytes { try read(at: offset, into: $0) }
        guard filled == count else {
            throw ArchiveDamage("the file was cut short while it was read")
        }
        return bytes[...]
    }
}
