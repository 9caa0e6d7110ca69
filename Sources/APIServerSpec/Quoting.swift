internal import YAML

/// Writes strings as YAML scalars on one line.
enum Quoting {
    /// In a neighbour's style as far as the text allows it.
    static func written(_ text: String, like style: YAMLScalar.Style) -> String {
        switch style {
        case .singleQuoted where text.unicodeScalars.allSatisfy(isPrintable):
            "'" + text.replacing("'", with: "''") + "'"
        case .plain where isPlain(text), .literal where isPlain(text), .folded where isPlain(text):
            text
        default: doubleQuoted(text)
        }
    }

    static func doubleQuoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where isPrintable(scalar): quoted.unicodeScalars.append(scalar)
            default: quoted += escape(scalar)
            }
        }
        return quoted + "\""
    }

    /// A text that is a string without quotes everywhere, in brackets too: words, flags and paths,
    /// but no numbers and none of YAML's own words.
    private static func isPlain(_ text: String) -> Bool {
        let inner = text.drop { $0 == "-" || $0 == "/" }
        guard let first = inner.unicodeScalars.first, isLetter(first), !text.hasSuffix(":") else {
            return false
        }
        let isWord = inner.count < text.count || text.contains { $0 == "/" || $0 == "-" }
        return (isWord || longWords.contains(text))
            && text.unicodeScalars.allSatisfy {
                isLetter($0) || "0123456789-_./=:@%+".unicodeScalars.contains($0)
            }
    }

    private static let longWords: Set<String> = ["DirectoryOrCreate"]

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
            0x1_0000...0x10_FFFF:
            true
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
