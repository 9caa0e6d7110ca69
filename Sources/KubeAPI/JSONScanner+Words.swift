// MARK: - Numbers, true, false, null

extension JSONScanner {
    static let null = Array("null".utf8)
    static let names = ["true", "false", "null"].map(\.utf8)

    /// No number that kube-apiserver writes is longer.
    static let greatestWord = 64

    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    mutating func openWord(_ byte: UInt8) throws {
        guard Self.isWordByte(byte) else { throw malformed("unexpected character") }
        try expectValue()
        token = .word
        tokenStart = offset
        text.removeAll(keepingCapacity: true)
        text.append(byte)
    }

    mutating func wordByte(_ byte: UInt8) throws {
        guard text.count < Self.greatestWord else { throw malformed("a number is too long") }
        text.append(byte)
    }

    mutating func endWord(_ receive: Receiver) throws {
        token = .none
        guard Self.names.contains(where: { $0.elementsEqual(text) }) || Self.isNumber(text) else {
            throw malformed("neither a name of JSON nor a number")
        }
        // `null` says that there is no value, so there is none to hand over.
        if text != Self.null, let slot = selection.slot(of: node) {
            try receive(Finding(slot: slot, text: text, range: tokenStart..<offset))
        }
        try endValue(receive)
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    static func isNumber(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        func digits() -> Int {
            let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let leading = rest.first
        let whole = digits()
        guard whole > 0, whole == 1 || leading != UInt8(ascii: "0") else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard digits() > 0 else { return false }
        }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                rest.removeFirst()
            }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
