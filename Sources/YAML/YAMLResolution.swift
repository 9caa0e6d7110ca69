internal import Basics

/// What an untyped scalar means: YAML 1.1 as Go's `yaml.v2` reads it, which RKE uses
/// (github.com/go-yaml/yaml, branch v2, `resolve.go`).
///
/// Only plain scalars without a tag are interpreted; quoted ones are strings. Where a string is
/// wanted, the text as written counts, whatever it resolves to.
public enum YAMLResolution: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string

    /// For messages: what it is, in a word or two.
    public var kind: String {
        switch self {
        case .null: "nothing"
        case .bool: "a boolean"
        case .integer: "a whole number"
        case .float: "a number"
        case .string: "a string"
        }
    }

    private static let namespace = "tag:yaml.org,2002:"
    /// Longer texts are none of the words and numbers below.
    private static let longest = 64

    init(of bytes: SecretBytes, isPlain: Bool, tag: String?) {
        guard bytes.count <= Self.longest, let text = bytes.exposedText() else {
            self = .string
            return
        }
        let meaning = Self.meaning(of: text)
        switch tag {
        case nil: self = isPlain ? meaning : .string
        case Self.namespace + "null": self = .null
        case Self.namespace + "bool", Self.namespace + "int": self = meaning
        case Self.namespace + "float":
            if case .integer(let whole) = meaning {
                self = .float(Double(whole))
            } else {
                self = meaning
            }
        default: self = .string
        }
    }

    private static func meaning(of text: String) -> YAMLResolution {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
            return .bool(true)
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
            return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        default: break
        }
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else {
            return .string
        }
        let digits = text.replacing("_", with: "")
        if let whole = integer(digits) { return .integer(whole) }
        return float(digits).map(YAMLResolution.float) ?? .string
    }

    /// As Go's `strconv.ParseInt` with base 0: `0x`, `0b`, `0o` and a leading `0` choose the base.
    private static func integer(_ text: String) -> Int? {
        let isSigned = text.hasPrefix("-") || text.hasPrefix("+")
        let sign = text.hasPrefix("-") ? "-" : ""
        let magnitude = (isSigned ? String(text.dropFirst()) : text).lowercased()
        guard let first = magnitude.utf8.first, first != UInt8(ascii: "-"),
            first != UInt8(ascii: "+")
        else { return nil }
        let bases = [("0x", 16), ("0b", 2), ("0o", 8)]
        for (prefix, radix) in bases where magnitude.hasPrefix(prefix) {
            let digits = magnitude.dropFirst(2)
            return digits.first?.isHexDigit == true ? Int(sign + digits, radix: radix) : nil
        }
        let isOctal = magnitude.count > 1 && magnitude.hasPrefix("0")
        return Int(sign + magnitude, radix: isOctal ? 8 : 10)
    }

    private static func float(_ text: String) -> Double? {
        let allowed = "+-.eE0123456789"
        guard text.utf8.allSatisfy({ allowed.utf8.contains($0) }) else { return nil }
        return Double(text)
    }
}
