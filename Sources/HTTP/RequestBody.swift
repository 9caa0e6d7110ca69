internal import Basics

/// Room for the body of one request at a time, whose address libcurl keeps while it sends.
struct RequestBody: ~Copyable {
    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var count = 0

    /// Copies the bytes to where they may stay until `clear()`; never a null address.
    mutating func load(_ bytes: SecretBytes?) -> UnsafeRawBufferPointer {
        clear()
        let needed = bytes?.count ?? 0
        if buffer.count < max(needed, 1) {
            buffer.deallocate()
            buffer = .allocate(byteCount: max(needed, 256), alignment: 1)
        }
        bytes?.withUnsafeBytes { buffer.copyMemory(from: $0) }
        count = needed
        return UnsafeRawBufferPointer(rebasing: buffer[..<needed])
    }

    /// Wipes what was loaded.
    mutating func clear() {
        UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).wipe()
        count = 0
    }

    deinit {
        buffer.wipe()
        buffer.deallocate()
    }
}
