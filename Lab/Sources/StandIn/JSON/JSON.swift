/// One JSON value. Numbers keep their digits as they came, so that nothing is rounded.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([String: JSON])
}

extension JSON {
    public var object: [String: JSON]? {
        if case .object(let members) = self { members } else { nil }
    }

    public var array: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    public var integer: Int64? {
        if case .number(let digits) = self { Int64(digits) } else { nil }
    }

    /// The member of an object; nil where there is none or this is no object. Setting on
    /// anything but an object replaces it by an object; setting nil removes the member.
    public subscript(name: String) -> JSON? {
        get { object?[name] }
        set {
            var members = object ?? [:]
            members[name] = newValue
            self = .object(members)
        }
    }

    /// Null, an empty string, list or object, zero, or false: what Go's `omitempty` leaves out.
    var isEmpty: Bool {
        switch self {
        case .null: true
        case .bool(let flag): !flag
        case .number(let digits): digits == "0"
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .number(String(value)) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
