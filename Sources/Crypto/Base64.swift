public import Basics
internal import CLibCrypto

/// Standard base64 (RFC 4648 section 4) that leaves no copy behind.
public enum Base64 {
    public static func encode(_ secret: SecretBytes) -> SecretBytes {
        let length = (secret.count + 2) / 3 * 4
        // EVP_EncodeBlock ends its output with a zero byte, for which there must be room.
        let terminated = SecretBytes(count: length + 1) { target in
            secret.withUnsafeBytes { source in
                _ = EVP_EncodeBlock(
                    target.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    source.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(secret.count))
            }
        }
        return terminated.prefix(length)
    }

    /// Reads standard base64 as Go's `StdEncoding` does: padded, carriage returns and line feeds
    /// ignored.
    ///
    /// - Returns: nil where it is anything else.
    public static func decode(_ text: SecretBytes) -> SecretBytes? {
        let digits = text.withUnsafeBytes {
            SecretBytes(copying: $0.filter { $0 != 10 && $0 != 13 })
        }
        guard let padding = digits.withUnsafeBytes(padding) else { return nil }
        guard !digits.isEmpty else { return digits }
        var decoded = -1
        let padded = SecretBytes(count: digits.count / 4 * 3) { target in
            digits.withUnsafeBytes { source in
                decoded = Int(
                    EVP_DecodeBlock(
                        target.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        source.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        Int32(digits.count)))
            }
        }
        return decoded == padded.count ? padded.prefix(decoded - padding) : nil
    }

    public static func decode(_ text: String) -> SecretBytes? {
        decode(SecretBytes(copying: text.utf8))
    }

    /// How many `=` end the text; nil where it can't be base64. libcrypto itself would overlook
    /// white space at the ends.
    private static func padding(of digits: UnsafeRawBufferPointer) -> Int? {
        guard digits.count % 4 == 0 else { return nil }
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        let isDigit: (UInt8) -> Bool = { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        return digits.dropLast(padding).allSatisfy(isDigit) ? padding : nil
    }
}
