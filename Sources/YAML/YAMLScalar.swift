public import Basics

/// One value that isn't a collection.
///
/// Its text may be a key or a password, so it is kept in bytes that are wiped and don't print.
public struct YAMLScalar: Sendable {
    public enum Style: Sendable, Hashable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    /// The text after unquoting and unfolding, UTF-8.
    public let bytes: SecretBytes
    public let style: Style
    /// What the text means by the rules of `YAMLResolution`, its tag considered.
    public let resolved: YAMLResolution

    init(bytes: SecretBytes, style: Style, tag: String?) {
        self.bytes = bytes
        self.style = style
        resolved = YAMLResolution(of: bytes, isPlain: style == .plain, tag: tag)
    }

    /// The text in an ordinary string, which nothing wipes: not for keys and passwords.
    public var text: String { bytes.exposedText() ?? "" }

    public var bool: Bool? { if case .bool(let value) = resolved { value } else { nil } }

    public var integer: Int? { if case .integer(let value) = resolved { value } else { nil } }

    /// A number, whole or not.
    public var number: Double? {
        switch resolved {
        case .integer(let value): Double(value)
        case .float(let value): value
        default: nil
        }
    }
}
