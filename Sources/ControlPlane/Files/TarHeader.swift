internal import Basics

/// The header block of one member of a tar archive.
struct TarHeader: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case file
        case folder
        case symbolicLink
        /// A PAX extended header: for the next member, or for all that follow.
        case extended(isGlobal: Bool)
        /// Hard links, devices, GNU's long names, and whatever else is none of our business.
        case other
    }

    let name: String
    let kind: Kind
    let size: Int
    let permissions: FilePermissions

    /// - Throws: `Fault(.remote)` where the block is no header.
    init(_ block: ArraySlice<UInt8>) throws {
        guard block.count == TarWriter.blockSize,
            try Self.number(block, 148, 8, "checksum") == Self.checksum(of: block)
        else { throw Fault(.remote, "an archive has a damaged header") }
        name = Self.text(block, 0, 100)
        size = try Self.number(block, 124, 12, "size")
        permissions = FilePermissions(
            mode: UInt32(try Self.number(block, 100, 8, "mode") & 0o7777),
            user: UInt32(clamping: try Self.number(block, 108, 8, "user")),
            group: UInt32(clamping: try Self.number(block, 116, 8, "group")))
        kind =
            switch block[block.startIndex + 156] {
            case UInt8(ascii: "0"), 0: .file
            case UInt8(ascii: "5"): .folder
            case UInt8(ascii: "2"): .symbolicLink
            case UInt8(ascii: "x"): .extended(isGlobal: false)
            case UInt8(ascii: "g"): .extended(isGlobal: true)
            default: .other
            }
    }

    /// The sum of a header's bytes, with blanks where the checksum itself stands.
    static func checksum(of block: ArraySlice<UInt8>) -> Int {
        let own = block.startIndex + 148..<block.startIndex + 156
        return block.indices.reduce(0) { sum, index in
            sum + (own.contains(index) ? 0x20 : Int(block[index]))
        }
    }

    private static func text(_ block: ArraySlice<UInt8>, _ offset: Int, _ length: Int) -> String {
        let start = block.startIndex + offset
        return String(decoding: block[start..<start + length].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// A field of octal digits, or of a big-endian number where the first bit is set (GNU, used
    /// for users beyond 2,097,151).
    private static func number(
        _ block: ArraySlice<UInt8>, _ offset: Int, _ length: Int, _ field: String
    ) throws -> Int {
        let start = block.startIndex + offset
        let bytes = block[start..<start + length]
        let fault = Fault(.remote, "an archive has a header whose \(field) is no number")
        if block[start] & 0x80 != 0 {
            guard block[start] == 0x80, bytes.dropFirst().dropLast(7).allSatisfy({ $0 == 0 }) else {
                throw fault
            }
            return bytes.suffix(7).reduce(0) { $0 << 8 | Int($1) }
        }
        let digits = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            .drop { $0 == " " }.prefix { $0 != " " }
        if digits.isEmpty { return 0 }
        guard let value = Int(digits, radix: 8), value >= 0 else { throw fault }
        return value
    }
}
