internal import Basics

/// Writes a tar archive of one regular file, in the form of POSIX.1-1988 (`ustar`).
enum TarWriter {
    static let blockSize = 512

    /// The largest value of the size field: eleven octal digits.
    private static let greatestSize = 0o777_7777_7777

    /// - Parameters:
    ///   - name: without folders, at most 100 bytes of UTF-8.
    ///   - modified: seconds since 1970.
    /// - Throws: `Fault(.badInput)` for what the format can't hold.
    static func archive(
        name: String, contents: SecretBytes, permissions: FilePermissions, modified: Int64
    ) throws -> SecretBytes {
        let header = try header(
            name: name, size: contents.count, permissions: permissions, modified: modified)
        let padding = (blockSize - contents.count % blockSize) % blockSize
        // Two blocks of zeros are the end of an archive.
        return SecretBytes(count: blockSize + contents.count + padding + 2 * blockSize) { target in
            target.copyBytes(from: header)
            contents.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: target[blockSize...]).copyBytes(from: $0)
            }
        }
    }

    private static func header(
        name: String, size: Int, permissions: FilePermissions, modified: Int64
    ) throws -> [UInt8] {
        guard !name.isEmpty, name.utf8.count <= 100, !name.contains("/"), !name.contains("\0")
        else {
            throw Fault(.badInput, "\(name.debugDescription) can't be a file's name in an archive")
        }
        guard size <= greatestSize else {
            throw Fault(.badInput, "\(size) bytes are too many for an archive")
        }
        var block = [UInt8](repeating: 0, count: blockSize)
        func put(_ text: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in text.enumerated() { block[offset + index] = byte }
        }
        func put(octal value: Int64, digits: Int, at offset: Int) throws {
            let text = String(value, radix: 8)
            guard value >= 0, text.utf8.count <= digits else {
                throw Fault(.badInput, "\(value) is too large for an archive")
            }
            put((String(repeating: "0", count: digits - text.utf8.count) + text).utf8, at: offset)
        }
        put(name.utf8, at: 0)
        try put(octal: Int64(permissions.mode & 0o7777), digits: 7, at: 100)
        try put(octal: Int64(permissions.user), digits: 7, at: 108)
        try put(octal: Int64(permissions.group), digits: 7, at: 116)
        try put(octal: Int64(size), digits: 11, at: 124)
        try put(octal: modified, digits: 11, at: 136)
        put("0".utf8, at: 156)
        put("ustar\u{0}00".utf8, at: 257)
        try put(octal: Int64(TarHeader.checksum(of: block[...])), digits: 6, at: 148)
        // Six digits, zero, blank: the checksum's own way of ending.
        put([0, UInt8(ascii: " ")], at: 154)
        return block
    }
}
