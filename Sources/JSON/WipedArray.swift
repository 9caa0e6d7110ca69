internal import Glibc

extension [UInt8] {
    /// Overwrites all elements and removes them, keeping the room.
    mutating func wipe() {
        guard !isEmpty else { return }
        withUnsafeMutableBytes { buffer in
            if let address = buffer.baseAddress { explicit_bzero(address, buffer.count) }
        }
        removeAll(keepingCapacity: true)
    }

    /// Appends, and overwrites the memory that a larger one takes the place of.
    mutating func appendWiping(_ bytes: some Collection<UInt8>) {
        let needed = count + bytes.count
        if needed > capacity {
            var larger: [UInt8] = []
            larger.reserveCapacity(Swift.max(needed, 2 * capacity, 64))
            larger.append(contentsOf: self)
            wipe()
            self = larger
        }
        append(contentsOf: bytes)
    }
}
