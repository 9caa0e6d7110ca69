internal import Basics
package import Foundation

/// The keys that a state file has, read without the product's own reader.
package struct KnownKeys {
    package struct Key {
        package let name: String
        package let secret: Data
        package let isRetired: Bool

        package init(name: String, secret: Data, isRetired: Bool) {
            self.name = name
            self.secret = secret
            self.isRetired = isRetired
        }
    }

    package let all: [Key]

    package var active: [Key] { all.filter { !$0.isRetired } }

    package init(_ all: [Key]) { self.all = all }

    package init(stateFile: Data) throws {
        let state = try JSONSerialization.jsonObject(with: stateFile) as? [String: Any]
        let journal = state?["orchestrator"] as? [String: Any]
        let keys = journal?["keys"] as? [[String: Any]] ?? []
        all = try keys.map { key in
            guard let name = key["name"] as? String, let text = key["secret"] as? String,
                let secret = Data(base64Encoded: text), secret.count >= 16
            else { throw Fault(.corrupt, "a key of the state file can't be read") }
            return Key(name: name, secret: secret, isRetired: key["retired"] is String)
        }
    }
}

/// Finds keys in bytes, in whatever form a leak could have.
package struct KeyScanner {
    private let patterns: [(what: String, bytes: Data)]

    package init(_ keys: [KnownKeys.Key]) {
        patterns = keys.flatMap { key in
            Self.forms(of: key.secret).map { ("\(key.name) as \($0)", $1) }
        }
    }

    /// The keys and forms in which they stand there.
    package func found(in bytes: Data) -> [String] {
        patterns.filter { Self.contains(bytes, $0.bytes) }.map(\.what)
    }

    private static func forms(of secret: Data) -> [(String, Data)] {
        let base64 = secret.base64EncodedString()
        let url = base64.replacing("+", with: "-").replacing("/", with: "_")
        let hex = secret.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let texts = [
            ("base64", base64.filter { $0 != "=" }), ("URL base64", url.filter { $0 != "=" }),
            ("hex", hex), ("upper-case hex", hex.uppercased()),
        ]
        let inside = (0..<3).map { ("base64 within base64", encodedWithin(base64, at: $0)) }
        return [("raw bytes", secret)]
            + Set(texts.map(\.1)).map { text in
                (texts.first { $0.1 == text }?.0 ?? "", Data(text.utf8))
            }
            + inside.map { ($0, Data($1.utf8)) }
    }

    /// What is sure to stand in the base64 form of anything that has the text at the offset.
    private static func encodedWithin(_ text: String, at offset: Int) -> String {
        let encoded = (Data(count: offset) + Data(text.utf8)).base64EncodedString()
        let lost = (3 - offset) % 3
        return String(encoded.dropFirst(lost == 0 ? 0 : 4).prefix((text.count - lost) / 3 * 4))
    }

    private static func contains(_ bytes: Data, _ pattern: Data) -> Bool {
        bytes.withUnsafeBytes { bytes in
            pattern.withUnsafeBytes { pattern in
                guard var start = bytes.baseAddress, let wanted = pattern.baseAddress,
                    let first = pattern.first
                else { return false }
                let end = start + bytes.count
                // The C library's search is many times faster than a loop in a debug build.
                while let next = memchr(start, Int32(first), end - start) {
                    guard end - UnsafeRawPointer(next) >= pattern.count else { return false }
                    if memcmp(next, wanted, pattern.count) == 0 { return true }
                    start = UnsafeRawPointer(next) + 1
                }
                return false
            }
        }
    }
}
