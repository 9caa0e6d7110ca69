internal import Basics

/// Finds the one file in an archive that a Docker Engine sent.
///
/// Trusts nothing: every length is checked against what is there, and what a PAX header may say is
/// used only where it changes the size or the owner.
enum TarReader {
    struct File: Sendable {
        let name: String
        let permissions: FilePermissions
        let contents: SecretBytes
    }

    /// The greatest PAX header that is read.
    private static let greatestExtension = 64 << 10

    /// - Parameter limit: the greatest file accepted, in bytes.
    /// - Throws: `Fault(.remote)` for an archive that is damaged or holds anything but one file.
    static func onlyFile(in archive: [UInt8], limit: Int) throws -> File {
        var found: File?
        var records: [String: String] = [:]
        var rest = archive[...]
        while let block = nextBlock(&rest) {
            let header = try TarHeader(block)
            let declared = records["size"].map { Int($0) ?? -1 } ?? header.size
            let contents = try body(declared, header.kind, limit, &rest)
            switch header.kind {
            case .extended(isGlobal: true): continue
            case .extended(isGlobal: false): records = try Self.records(contents)
            case .file where found == nil:
                found = File(
                    name: records["path"] ?? header.name,
                    permissions: permissions(header, records),
                    contents: SecretBytes(copying: contents))
                records = [:]
            case .file, .folder, .symbolicLink, .other:
                throw Fault(.remote, "an archive that should hold one file holds something else")
            }
        }
        guard let found else { throw Fault(.remote, "an archive that should hold a file is empty") }
        return found
    }

    /// The next header; nil at the end, which is a block of zeros or the end of the bytes.
    private static func nextBlock(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let block = rest.prefix(TarWriter.blockSize)
        guard block.contains(where: { $0 != 0 }) else { return nil }
        rest = rest.dropFirst(TarWriter.blockSize)
        return block
    }

    private static func body(
        _ size: Int, _ kind: TarHeader.Kind, _ limit: Int, _ rest: inout ArraySlice<UInt8>
    ) throws -> ArraySlice<UInt8> {
        let limit = if case .extended = kind { greatestExtension } else { limit }
        guard size >= 0, size <= limit else {
            throw Fault(.remote, "an archive holds more than the \(limit) bytes that are allowed")
        }
        guard size <= rest.count else { throw Fault(.remote, "an archive ends within a file") }
        let body = rest.prefix(size)
        let blocks = (size + TarWriter.blockSize - 1) / TarWriter.blockSize
        rest = rest.dropFirst(blocks * TarWriter.blockSize)
        return body
    }

    private static func permissions(
        _ header: TarHeader, _ records: [String: String]
    ) -> FilePermissions {
        FilePermissions(
            mode: header.permissions.mode,
            user: records["uid"].flatMap(UInt32.init) ?? header.permissions.user,
            group: records["gid"].flatMap(UInt32.init) ?? header.permissions.group)
    }

    /// The records of a PAX header, each `<length> <name>=<value>\n` with the length of the whole.
    /// Values that aren't text (extended attributes) are left out.
    private static func records(_ body: ArraySlice<UInt8>) throws -> [String: String] {
        let fault = Fault(.remote, "an archive has a damaged extended header")
        var records: [String: String] = [:]
        var rest = body
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard digits.count <= 6, let length = Int(String(decoding: digits, as: UTF8.self)),
                length > digits.count + 1, length <= rest.count
            else { throw fault }
            let record = rest.prefix(length).dropFirst(digits.count + 1)
            rest = rest.dropFirst(length)
            guard record.last == UInt8(ascii: "\n"),
                let equals = record.firstIndex(of: UInt8(ascii: "="))
            else { throw fault }
            let value = record[record.index(after: equals)...].dropLast()
            if let text = String(validating: value, as: UTF8.self) {
                records[String(decoding: record[..<equals], as: UTF8.self)] = text
            }
        }
        return records
    }
}
