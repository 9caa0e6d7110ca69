public import Basics

/// Writes strings as JSON has them.
public enum JSONText {
    /// The text with its quotes and escapes.
    public static func quoted(_ text: String) -> String {
        var quoted: [UInt8] = []
        write(text.utf8) { quoted.append($0) }
        return String(decoding: quoted, as: UTF8.self)
    }

    /// The text with its quotes and escapes, without leaving a copy behind.
    public static func quoted(_ text: SecretBytes) -> SecretBytes {
        text.withUnsafeBytes { text in
            var count = 0
            write(text) { _ in count += 1 }
            return SecretBytes(count: count) { target in
                var end = 0
                write(text) {
                    target[end] = $0
                    end += 1
                }
            }
        }
    }

    private static func write(_ text: some Sequence<UInt8>, to put: (UInt8) -> Void) {
        put(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case 0x0A: "\\n".utf8.forEach(put)
            case 0x0D: "\\r".utf8.forEach(put)
            case 0x09: "\\t".utf8.forEach(put)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                put(UInt8(ascii: "\\"))
                put(byte)
            case ..<0x20:
                (byte < 0x10 ? "\\u000" : "\\u00").utf8.forEach(put)
                String(byte, radix: 16).utf8.forEach(put)
            default: put(byte)
            }
        }
        put(UInt8(ascii: "\""))
    }
}
