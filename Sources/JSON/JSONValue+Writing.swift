extension JSONValue {
    /// The value as compact JSON.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .number(let digits): output += digits.utf8
        case .string(let text): output += JSONText.quoted(text).utf8
        case .array(let elements):
            Self.write(elements, between: ("[", "]"), to: &output) { $0.write(to: &$1) }
        case .object(let object):
            Self.write(object.members, between: ("{", "}"), to: &output) { member, output in
                output += JSONText.quoted(member.name).utf8
                output += ":".utf8
                member.value.write(to: &output)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], between brackets: (String, String), to output: inout [UInt8],
        _ writeItem: (Item, inout [UInt8]) -> Void
    ) {
        output += brackets.0.utf8
        for (index, item) in items.enumerated() {
            if index > 0 { output += ",".utf8 }
            writeItem(item, &output)
        }
        output += brackets.1.utf8
    }
}
