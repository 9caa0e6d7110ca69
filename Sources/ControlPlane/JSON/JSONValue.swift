/// A JSON document as it was written: members in their order, numbers in their digits.
///
/// A container is made anew from its inspection, unknown fields included, so nothing may be lost
/// between reading and writing: a 64-bit number as little as a field of a later Docker version.
enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The digits as they stood in the document.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object, in order, each name once.
struct JSONObject: Sendable, Hashable {
    struct Member: Sendable, Hashable {
        let name: String
        var value: JSONValue
    }

    private(set) var members: [Member] = []

    init(_ members: [(String, JSONValue)] = []) {
        for (name, value) in members { self[name] = value }
    }

    /// The value of a member; setting nil takes the member away.
    subscript(name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Adds a member known to be new; for the parser, which tells duplicates by itself.
    mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}

extension JSONValue {
    /// The member of an object; nil where there is none, or where this is no object.
    subscript(name: String) -> JSONValue? {
        if case .object(let object) = self { object[name] } else { nil }
    }

    /// The value at a path of member names.
    func at(_ path: String...) -> JSONValue? {
        path.reduce(Optional(self)) { value, name in value?[name] }
    }

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var isTrue: Bool { self == .bool(true) }

    /// Nil for what is no whole number within 64 bits.
    var integer: Int? {
        if case .number(let digits) = self { Int(digits) } else { nil }
    }

    /// Empty for what is no array.
    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// Empty for what is no object.
    var members: [JSONObject.Member] {
        if case .object(let object) = self { object.members } else { [] }
    }

    /// Whether it says nothing: Docker writes `null`, `[]`, `{}` and `""` for the same.
    var isVacant: Bool {
        switch self {
        case .null, .string(""): true
        case .array(let elements): elements.isEmpty
        case .object(let object): object.members.isEmpty
        default: false
        }
    }
}
