/// Reads JSON (RFC 8259) piece by piece as it comes from the network, in memory that doesn't grow
/// with it, and hands over what the selection wants.
///
/// It checks the structure of everything, the wanted or not, but doesn't hold text that nobody
/// wants to be UTF-8.
struct JSONScanner {
    /// A wanted scalar, or the end of an element.
    struct Finding {
        let slot: JSONSelection.Slot
        /// Empty for the end of an element, and where only the place is wanted.
        let text: [UInt8]
        /// Where the scalar stands, without quotes, in bytes from the start of the document.
        let range: Range<Int>
    }

    typealias Receiver = (Finding) throws -> Void

    struct Malformed: Error, CustomStringConvertible {
        let what: String
        /// In bytes from the start, counted from 0.
        let offset: Int

        var description: String { "\(what) at byte \(offset)" }
    }

    private enum Expectation {
        case value, firstValueOrEnd, firstKeyOrEnd, key, colon, commaOrEnd, nothing
    }

    private enum Token {
        case none
        case string(isKey: Bool)
        case escape(isKey: Bool)
        case unicode(isKey: Bool, digits: Int, value: UInt32)
        case word
    }

    private struct Container {
        let isObject: Bool
        let node: Int
    }

    /// kube-apiserver's own decoder gives up at 10,000; objects in etcd stay far below this.
    private static let greatestDepth = 512

    private let selection: JSONSelection
    /// The greatest wanted scalar, in bytes.
    private let scalarLimit: Int
    private var stack: [Container] = []
    private var expectation = Expectation.value
    private var token = Token.none
    /// Bytes of the token that is being read, if anybody wants it.
    private var text: [UInt8] = []
    private var isWanted = false
    private var highSurrogate: UInt32?
    /// The node of the value that comes next.
    private var node: Int
    private var offset = 0
    /// Where the token that is being read began, after its quote.
    private var tokenStart = 0

    init(_ selection: JSONSelection, scalarLimit: Int = 64 << 10) {
        self.selection = selection
        self.scalarLimit = scalarLimit
        node = selection.root
    }

    /// - Throws: `Malformed`, and what `receive` throws.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, receive: Receiver) throws {
        var index = 0
        while index < bytes.count {
            if case .string(let isKey) = token {
                let end = try stringRun(in: bytes, from: index)
                offset += end - index
                index = end
                guard index < bytes.count else { return }
                try stringByte(bytes[index], isKey: isKey, receive)
            } else {
                try step(bytes[index], receive)
            }
            index += 1
            offset += 1
        }
    }

    /// - Throws: `Malformed` if the document isn't complete.
    mutating func finish(receive: Receiver) throws {
        if case .word = token { try endWord(receive) }
        guard case .none = token, stack.isEmpty, expectation == .nothing else {
            throw malformed("the document ends too early")
        }
    }

    private func malformed(_ what: String) -> Malformed { Malformed(what: what, offset: offset) }
}

// MARK: - Structure

extension JSONScanner {
    private mutating func step(_ byte: UInt8, _ receive: Receiver) throws {
        switch token {
        case .escape(let isKey): return try escapeByte(byte, isKey: isKey)
        case .unicode(let isKey, let digits, let value):
            return try unicodeByte(byte, isKey: isKey, digits: digits, value: value)
        case .word:
            if Self.isWordByte(byte) { return try wordByte(byte) }
            try endWord(receive)
        case .none, .string: break
        }
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
        case UInt8(ascii: "{"): try open(isObject: true)
        case UInt8(ascii: "["): try open(isObject: false)
        case UInt8(ascii: "}"): try close(isObject: true, receive)
        case UInt8(ascii: "]"): try close(isObject: false, receive)
        case UInt8(ascii: ","): try comma()
        case UInt8(ascii: ":"):
            guard expectation == .colon else { throw malformed("unexpected ':'") }
            expectation = .value
        case UInt8(ascii: "\""): try openString()
        default: try openWord(byte)
        }
    }

    private mutating func expectValue() throws {
        guard expectation == .value || expectation == .firstValueOrEnd else {
            throw malformed("unexpected value")
        }
    }

    private mutating func open(isObject: Bool) throws {
        try expectValue()
        guard stack.count < Self.greatestDepth else { throw malformed("nested too deeply") }
        stack.append(Container(isObject: isObject, node: node))
        if isObject {
            expectation = .firstKeyOrEnd
        } else {
            expectation = .firstValueOrEnd
            node = selection.element(of: node).child
        }
    }

    private mutating func close(isObject: Bool, _ receive: Receiver) throws {
        let mayEnd: Expectation = isObject ? .firstKeyOrEnd : .firstValueOrEnd
        guard expectation == .commaOrEnd || expectation == mayEnd, let container = stack.popLast(),
            container.isObject == isObject
        else { throw malformed("unexpected end of \(isObject ? "object" : "array")") }
        try endValue(receive)
    }

    /// After any value: tells the end of an element and what may follow.
    private mutating func endValue(_ receive: Receiver) throws {
        guard let container = stack.last else {
            expectation = .nothing
            return
        }
        expectation = .commaOrEnd
        if !container.isObject, let slot = selection.element(of: container.node).end {
            try receive(Finding(slot: slot, text: [], range: offset..<offset))
        }
    }

    private mutating func comma() throws {
        guard expectation == .commaOrEnd, let container = stack.last else {
            throw malformed("unexpected ','")
        }
        if container.isObject {
            expectation = .key
        } else {
            expectation = .value
            node = selection.element(of: container.node).child
        }
    }
}

// MARK: - Strings

extension JSONScanner {
    private mutating func openString() throws {
        switch expectation {
        case .key, .firstKeyOrEnd:
            isWanted = selection.isObject(stack.last?.node ?? JSONSelection.unwanted)
            token = .string(isKey: true)
        case .value, .firstValueOrEnd:
            isWanted = selection.isCopied(node)
            token = .string(isKey: false)
        default: throw malformed("unexpected string")
        }
        tokenStart = offset + 1
        text.removeAll(keepingCapacity: true)
        highSurrogate = nil
    }

    /// Passes over ordinary characters, which are nearly all there is, and returns where the first
    /// other one stands.
    private mutating func stringRun(in bytes: UnsafeRawBufferPointer, from start: Int) throws -> Int {
        var end = start
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            end += 1
        }
        if isWanted, end > start {
            guard text.count + (end - start) <= scalarLimit else {
                throw malformed("a value is too long")
            }
            try endSurrogate()
            text.append(contentsOf: bytes[start..<end])
        }
        return end
    }

    private mutating func stringByte(_ byte: UInt8, isKey: Bool, _ receive: Receiver) throws {
        switch byte {
        case UInt8(ascii: "\\"): token = .escape(isKey: isKey)
        case UInt8(ascii: "\""): try endString(isKey: isKey, receive)
        default: throw malformed("control character in a string")
        }
    }

    private mutating func endString(isKey: Bool, _ receive: Receiver) throws {
        try endSurrogate()
        token = .none
        if isKey {
            expectation = .colon
            node = isWanted
                ? selection.child(of: stack.last?.node ?? JSONSelection.unwanted, named: text)
                : JSONSelection.unwanted
        } else {
            if let slot = selection.slot(of: node) {
                try receive(Finding(slot: slot, text: text, range: tokenStart..<offset))
            }
            try endValue(receive)
        }
    }

    private mutating func escapeByte(_ byte: UInt8, isKey: Bool) throws {
        if byte == UInt8(ascii: "u") {
            token = .unicode(isKey: isKey, digits: 0, value: 0)
            return
        }
        let plain: UInt8 =
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
            case UInt8(ascii: "b"): 0x08
            case UInt8(ascii: "f"): 0x0C
            case UInt8(ascii: "n"): 0x0A
            case UInt8(ascii: "r"): 0x0D
            case UInt8(ascii: "t"): 0x09
            default: throw malformed("unknown escape in a string")
            }
        token = .string(isKey: isKey)
        try endSurrogate()
        if isWanted { text.append(plain) }
    }

    private mutating func unicodeByte(
        _ byte: UInt8, isKey: Bool, digits: Int, value: UInt32
    ) throws {
        guard let digit = Self.hexadecimal(byte) else { throw malformed("bad \\u escape") }
        let value = value << 4 | digit
        guard digits == 3 else {
            token = .unicode(isKey: isKey, digits: digits + 1, value: value)
            return
        }
        token = .string(isKey: isKey)
        switch value {
        case 0xD800..<0xDC00:
            try endSurrogate()
            highSurrogate = value
        case 0xDC00..<0xE000:
            guard let high = highSurrogate else { throw malformed("half a surrogate pair") }
            highSurrogate = nil
            append(0x10000 + (high - 0xD800) << 10 + (value - 0xDC00))
        default:
            try endSurrogate()
            append(value)
        }
    }

    /// A high surrogate must be followed by a low one.
    private func endSurrogate() throws {
        if highSurrogate != nil { throw malformed("half a surrogate pair") }
    }

    private mutating func append(_ scalar: UInt32) {
        guard isWanted, let scalar = Unicode.Scalar(scalar) else { return }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

// MARK: - Numbers, true, false, null

extension JSONScanner {
    private static let null = Array("null".utf8)
    private static let names = ["true", "false", "null"].map(\.utf8)

    /// No number that kube-apiserver writes is longer.
    private static let greatestWord = 64

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func openWord(_ byte: UInt8) throws {
        guard Self.isWordByte(byte) else { throw malformed("unexpected character") }
        try expectValue()
        token = .word
        tokenStart = offset
        text.removeAll(keepingCapacity: true)
        text.append(byte)
    }

    private mutating func wordByte(_ byte: UInt8) throws {
        guard text.count < Self.greatestWord else { throw malformed("a number is too long") }
        text.append(byte)
    }

    private mutating func endWord(_ receive: Receiver) throws {
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
    private static func isNumber(_ text: [UInt8]) -> Bool {
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
