import Foundation

/// Makes archives of snapshots as RKE does (Go's archive/zip): Deflate, the numbers after the data.
enum RKEArchive {
    static func of(_ files: [(name: String, contents: Data)]) throws -> Data {
        var bytes = Data()
        var directory = Data()
        for (name, contents) in files {
            let packed = try gzip(["-nc"], contents)
            // What gzip puts around Deflate: a head of 10 bytes; CRC-32 and length (RFC 1952).
            let deflated = packed.dropFirst(10).dropLast(8)
            let checksum = packed.suffix(8).prefix(4)
            let sizes = number(UInt32(deflated.count)) + number(UInt32(contents.count))
            // Version, bit 3, Deflate, a time.
            let kind =
                number(UInt16(20)) + number(UInt16(8)) + number(UInt16(8)) + number(UInt32(0))
            let lengths = number(UInt16(name.utf8.count)) + number(UInt16(0))
            directory += number(UInt32(0x0201_4B50)) + number(UInt16(20)) + kind + checksum + sizes
            directory += lengths + Data(count: 10) + number(UInt32(bytes.count)) + Data(name.utf8)
            bytes += number(UInt32(0x0403_4B50)) + kind + Data(count: 12) + lengths
            bytes += Data(name.utf8) + deflated
            bytes += number(UInt32(0x0807_4B50)) + checksum + sizes
        }
        let count = number(UInt16(files.count))
        return bytes + directory + number(UInt32(0x0605_4B50)) + number(UInt32(0)) + count + count
            + number(UInt32(directory.count)) + number(UInt32(bytes.count)) + number(UInt16(0))
    }

    /// What gzip makes of it.
    static func gzip(_ arguments: [String], _ bytes: Data) throws -> Data {
        let path = NSTemporaryDirectory() + "gzip-\(UUID().uuidString)"
        try bytes.write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let gzip = Process()
        let output = Pipe()
        gzip.executableURL = URL(fileURLWithPath: "/bin/sh")
        gzip.arguments = ["-c", "gzip \"$1\" <\"$0\"", path] + arguments
        gzip.standardOutput = output
        try gzip.run()
        let made = try output.fileHandleForReading.readToEnd() ?? Data()
        gzip.waitUntilExit()
        return made
    }

    private static func number(_ value: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }
}
