/// Base64 as Go's encoding/base64 reads and writes it: newlines are skipped in reading.
enum Base64 {
    enum Alphabet {
        /// RFC 4648 section 4, padded.
        case standard
        /// RFC 4648 section 5, without padding.
        case rawURL

        var characters: [UInt8] {
            let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
            return Array((common + (self == .standard ? "+/" : "-_")).utf8)
        }
    }

    /// The text is not base64; `offset` is the first byte that can't be.
    struct Corrupt: Error, CustomStringConvertible {
        let offset: Int
        var description: String { "illegal base64 data at input byte \(offset)" }
    }

    private static let standardCharacters = Alphabet.standard.characters
    private static let rawURLCharacters = Alphabet.rawURL.characters
    private static let standardValues = values(of: standardCharacters)
    private static let rawURLValues = values(of: rawURLCharacters)

    private static func values(of characters: [UInt8]) -> [UInt8] {
        var table = [UInt8](repeating: 0xff, count: 256)
        for (index, character) in characters.enumerated() { table[Int(character)] = UInt8(index) }
        return table
    }

    static func encode(
        _ bytes: some Collection<UInt8>, _ alphabet: Alphabet = .standard
    ) -> String {
        let table = alphabet == .standard ? standardCharacters : rawURLCharacters
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                out.append(table[Int(pending >> bits & 63)])
            }
        }
        if bits > 0 { out.append(table[Int(pending << (6 - bits) & 63)]) }
        if alphabet == .standard {
            while out.count % 4 != 0 { out.append(UInt8(ascii: "=")) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func decode(
        _ text: String, _ alphabet: Alphabet = .standard
    ) throws(Corrupt) -> [UInt8] {
        let table = alphabet == .standard ? standardValues : rawURLValues
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count / 4 * 3)
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        var digits = 0
        var padding = 0
        for (offset, byte) in text.utf8.enumerated() where byte != 0x0a && byte != 0x0d {
            if byte == UInt8(ascii: "="), alphabet == .standard, digits % 4 >= 2, padding < 2 {
                padding += 1
                continue
            }
            let value = table[Int(byte)]
            guard value < 64, padding == 0 else { throw Corrupt(offset: offset) }
            digits += 1
            pending = pending << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: pending >> bits))
            }
        }
        let whole = alphabet == .standard ? (digits + padding) % 4 == 0 : digits % 4 != 1
        guard whole else { throw Corrupt(offset: text.utf8.count) }
        return out
    }
}
