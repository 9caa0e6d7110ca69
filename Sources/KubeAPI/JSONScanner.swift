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

    enum Expectation {
        case value, firstValueOrEnd, firstKeyOrEnd, key, colon, commaOrEnd, nothing
    }

    enum Token {
        case none
        case string(isKey: Bool)
        case escape(isKey: Bool)
        case unicode(isKey: Bool, digits: Int, value: UInt32)
        case word
    }

    struct Container {
        let isObject: Bool
        let node: Int
    }

    /// kube-apiserver's own decoder gives up at 10,000; objects in etcd stay far below this.
    static let greatestDepth = 512

    let selection: JSONSelection
    /// The greatest wanted scalar, in bytes.
    let scalarLimit: Int
    var stack: [Container] = []
    var expectation = Expectation.value
    var token = Token.none
    /// Bytes of the token that is being read, if anybody wants it.
    var text: [UInt8] = []
    var isWanted = false
    var highSurrogate: UInt32?
    /// The node of the value that comes next.
    var node: Int
    var offset = 0
    /// Where the token that is being read began, after its quote.
    var tokenStart = 0

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

    func malformed(_ what: String) -> Malformed { Malformed(what: what, offset: offset) }
}

// MARK: - Structure

extension JSONScanner {
    mutating func step(_ byte: UInt8, _ receive: Receiver) throws {
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

    mutating func expectValue() throws {
        guard expectation == .value || expectation == .firstValueOrEnd else {
            throw malformed("unexpected value")
        }
    }

    mutating func open(isObject: Bool) throws {
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

    mutating func close(isObject: Bool, _ receive: Receiver) throws {
        let mayEnd: Expectation = isObject ? .firstKeyOrEnd : .firstValueOrEnd
        guard expectation == .commaOrEnd || expectation == mayEnd, let container = stack.popLast(),
            container.isObject == isObject
        else { throw malformed("unexpected end of \(isObject ? "object" : "array")") }
        try endValue(receive)
    }

    /// After any value: tells the end of an element and what may follow.
    mutating func endValue(_ receive: Receiver) throws {
        guard let container = stack.last else {
            expectation = .nothing
            return
        }
        expectation = .commaOrEnd
        if !container.isObject, let slot = selection.element(of: container.node).end {
            try receive(Finding(slot: slot, text: [], range: offset..<offset))
        }
    }

    mutating func comma() throws {
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
