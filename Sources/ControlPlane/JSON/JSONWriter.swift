extension JSONValue {
    /// The value as compact JSON.
    var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .number(let digits): output += digits.utf8
        case .string(let text): Self.write(text, to: &output)
        case .array(let elements):
            Self.write(elements, between: ("[", "]"), to: &output) { $0.write(to: &$1) }
        case .object(let object):
            Self.write(object.members, between: ("{", "}"), to: &output) { member, output in
                Self.write(member.name, to: &output)
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

    private static func write(_ text: String, to output: inout [UInt8]) {
        output += "\"".utf8
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                output += "\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8
            default: output.append(byte)
            }
        }
        output += "\"".utf8
    }
}
