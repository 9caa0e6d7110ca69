/// A zip file of one entry that isn't compressed (APPNOTE.TXT of PKWARE): enough to stand for RKE's
/// archive of a snapshot. The product's own tests read compressed ones.
enum StoredZip {
    static func make(_ name: String, _ contents: [UInt8]) -> [UInt8] {
        let sum = checksum(contents)
        let size = UInt32(contents.count)
        // Version, flags, method, time and date, then CRC-32, both sizes, the name's length.
        let shared =
            number(UInt16(20)) + [UInt8](repeating: 0, count: 8) + number(sum) + number(size)
            + number(size) + number(UInt16(name.utf8.count)) + number(UInt16(0))
        let local = number(UInt32(0x0403_4B50)) + shared + Array(name.utf8)
        let directory =
            number(UInt32(0x0201_4B50)) + number(UInt16(20)) + shared
            + [UInt8](repeating: 0, count: 14) + Array(name.utf8)
        let end =
            number(UInt32(0x0605_4B50)) + [0, 0, 0, 0] + number(UInt16(1)) + number(UInt16(1))
            + number(UInt32(directory.count)) + number(UInt32(local.count + contents.count))
            + number(UInt16(0))
        return local + contents + directory + end
    }

    private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        let table = (0..<256).map { start in
            var sum = UInt32(start)
            for _ in 0..<8 {
                let isOdd = sum & 1 == 1
                sum >>= 1
                if isOdd { sum ^= 0xEDB8_8320 }
            }
            return sum
        }
        var sum = UInt32.max
        for byte in bytes { sum = table[Int((sum ^ UInt32(byte)) & 0xFF)] ^ (sum >> 8) }
        return ~sum
    }
}
