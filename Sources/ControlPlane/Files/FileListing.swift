internal import Basics

/// Reads what `FileScripts.read` prints: a line of attributes, then the contents.
enum FileListing {
    static func file(from output: SecretBytes, path: String) throws -> NodeFile {
        try output.withUnsafeBytes { bytes in
            guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")), end < 256 else {
                throw Fault(.remote, "the node's stat said nothing about \(path)")
            }
            let line = String(decoding: bytes[..<end], as: UTF8.self)
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            let numbers = fields.first?.split(separator: " ") ?? []
            guard fields.count == 3, numbers.count == 3,
                let mode = UInt32(numbers[0], radix: 8), let user = UInt32(numbers[1]),
                let group = UInt32(numbers[2]), let modified = timestamp(fields[1]),
                let changed = timestamp(fields[2])
            else {
                throw Fault(.remote, "the node's stat said something unknown about \(path)")
            }
            // The time of the last change of the inode counts too: a file moved or copied into
            // place with its old time is new to a server that was started in between.
            return NodeFile(
                contents: SecretBytes(copying: bytes[(end + 1)...]),
                permissions: FilePermissions(mode: mode, user: user, group: group),
                modified: max(modified, changed))
        }
    }

    /// Reads `2026-11-21 03:37:23.200837804 +0000`; the end of the second without a fraction.
    static func timestamp(_ text: some StringProtocol) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 3, parts[2].count == 5 else { return nil }
        let zone = "\(parts[2].prefix(3)):\(parts[2].suffix(2))"
        let fraction = parts[1].contains(".") ? "" : ".999999999"
        return Timestamp(rfc3339: "\(parts[0])T\(parts[1])\(fraction)\(zone)")
    }
}
