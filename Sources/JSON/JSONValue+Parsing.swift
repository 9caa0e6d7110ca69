extension JSONValue {
    /// - Throws: `JSONMalformed`, also where an object has a name twice or where text isn't UTF-8.
    public init(parsing bytes: [UInt8]) throws(JSONMalformed) {
        var builder = JSONTreeBuilder()
        let malformed = bytes.withUnsafeBytes { raw -> JSONMalformed? in
            do throws(JSONMalformed) {
                try JSONTokenizer.read(raw) { tokenizer, token throws(JSONMalformed) in
                    try builder.take(token, &tokenizer)
                }
                return nil
            } catch {
                return error
            }
        }
        if let malformed { throw malformed }
        self = builder.root
    }
}

private struct JSONTreeBuilder {
    private struct Open {
        let isObject: Bool
        var object = JSONObject()
        var names: Set<String> = []
        var elements: [JSONValue] = []
        /// Of the member whose value comes next.
        var name = ""
    }

    private(set) var root = JSONValue.null
    private var stack: [Open] = []

    mutating func take(
        _ token: JSONTokenizer.Token, _ tokenizer: inout JSONTokenizer
    ) throws(JSONMalformed) {
        switch token {
        case .objectStart, .arrayStart: stack.append(Open(isObject: token == .objectStart))
        case .objectEnd, .arrayEnd:
            guard let open = stack.popLast() else { return }
            put(open.isObject ? .object(open.object) : .array(open.elements))
        case .name:
            let name = try Self.text(&tokenizer)
            guard stack[stack.count - 1].names.insert(name).inserted else {
                throw tokenizer.malformed("a member's name twice")
            }
            stack[stack.count - 1].name = name
        case .string: put(.string(try Self.text(&tokenizer)))
        case .word:
            let word = try Self.text(&tokenizer)
            switch word {
            case "null": put(.null)
            case "true", "false": put(.bool(word == "true"))
            default: put(.number(word))
            }
        }
    }

    private mutating func put(_ value: JSONValue) {
        guard let last = stack.indices.last else {
            root = value
            return
        }
        if stack[last].isObject {
            stack[last].object.append(stack[last].name, value)
        } else {
            stack[last].elements.append(value)
        }
    }

    private static func text(_ tokenizer: inout JSONTokenizer) throws(JSONMalformed) -> String {
        guard let text = String(validating: tokenizer.text, as: UTF8.self) else {
            throw tokenizer.malformed("a text that isn't UTF-8")
        }
        return text
    }
}
