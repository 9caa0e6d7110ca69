/// Bytes that may say anything: nothing outside them is ever read.
struct ByteView {
    let bytes: UnsafeRawBufferPointer

    /// A little-endian integer; nil where it isn't wholly there.
    func integer<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) -> Value? {
        guard let bytes = slice(at: offset, count: MemoryLayout<Value>.size) else { return nil }
        return Value(littleEndian: bytes.loadUnaligned(as: type))
    }

    func slice(at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
            return nil
        }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
    }
}
