/// Reads JSON (RFC 8259) piece by piece, wherever it is split, and keeps of each scalar no more
/// than is wanted of it.
///
/// It checks the structure of everything, wanted or not. Strings may be any bytes: who wants them
/// as text checks that they are UTF-8. Half a surrogate pair becomes U+FFFD, as Go has it, which
/// wrote most of what is read here. Whatever comes in, the memory needed is bounded by `kept` and
/// `greatestDepth`.
public struct JSONTokenizer: Sendable {
    public enum Token: Sendable, Hashable {
        case objectStart, objectEnd, arrayStart, arrayEnd
        /// A member's name, a string, or a number, `true`, `false` or `null`: see `text`.
        case name, string, word
    }

    enum State: Sendable {
        case between, string, escape, unicode, number, literal
    }

    enum Expectation: Sendable {
        case value, valueOrEnd, name, nameOrEnd, colon, commaOrEnd, nothing
    }

    /// How deep objects and arrays may nest. Objects of Kubernetes, etcd and Docker and the state
    /// file stay far below; recursion over a document stays far from the stack's end.
    public static let greatestDepth = 512

    /// How many bytes a number may have.
    public static let longestNumber = 1024

    /// How many bytes of the scalars and names that begin from now on are kept.
    public var kept: Int
    /// The beginning of the last scalar or name: of a string what it says, without quotes and
    /// escapes, of anything else how it is written.
    public internal(set) var text: [UInt8] = []
    /// The whole length of what `text` is the beginning of, in bytes.
    public internal(set) var textLength = 0
    /// Where the last token begins, its quote included, in bytes from the start.
    public internal(set) var start = 0
    /// Where the last token ends while it is handed over, and how far was read otherwise.
    public internal(set) var offset = 0

    /// Whether the last word is `null`, kept or not.
    var isNull = false
    var state = State.between
    var numberPart = JSONNumber.Part.minus
    /// Of the literal that is being read: which one, and how many of its bytes were there.
    var literal: StaticString = "null"
    var matched = 0
    var expectation = Expectation.value
    /// Of the objects and arrays around: whether it's an object.
    var isObject: [Bool] = []
    /// From which depth on tokens aren't handed over.
    var quietDepth = Int.max
    /// Of the escape that is being read.
    var codeUnit: UInt32 = 0
    var digits = 0
    /// The first half of a surrogate pair, while the second is awaited; 0 otherwise.
    var highSurrogate: UInt32 = 0

    public init(kept: Int = .max) { self.kept = kept }

    /// How many objects and arrays are open.
    public var depth: Int { isObject.count }

    /// The next token that ends in `bytes`, looked for from `index` on, which is moved; nil when
    /// all of them are used up.
    public mutating func next(
        in bytes: UnsafeRawBufferPointer, at index: inout Int
    ) throws(JSONMalformed) -> Token? {
        guard let base = bytes.baseAddress else { return nil }
        let count = bytes.count
        while index < count {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            var token: Token?
            var isTaken = true
            switch state {
            case .between: token = try structureByte(byte)
            case .string:
                takeRun(of: bytes, at: &index)
                guard index < count else { return nil }
                token = try stringByte(bytes[index])
            case .escape: try escapeByte(byte)
            case .unicode: try unicodeByte(byte)
            case .literal: token = try literalByte(byte)
            case .number: (token, isTaken) = try numberByte(byte)
            }
            if isTaken {
                index += 1
                offset += 1
            }
            if let token, depth < quietDepth {
                quietDepth = .max
                return token
            }
        }
        return nil
    }

    /// Says that the document is at its end.
    ///
    /// - Returns: the number that the end of the document ends, if it consists of one.
    /// - Throws: `JSONMalformed` if the document isn't complete.
    public mutating func finish() throws(JSONMalformed) -> Token? {
        var token: Token?
        if state == .number, numberPart.mayEnd, isObject.isEmpty { token = endNumber() }
        guard expectation == .nothing, state == .between else {
            throw malformed("the document ends too early", isTruncated: true)
        }
        return token
    }

    /// Passes over the rest of the innermost object or array: its end is the next token.
    public mutating func skipRest() {
        quietDepth = depth
        kept = 0
    }

    /// Overwrites the kept text. This happens by itself before the next scalar and on every error.
    public mutating func wipe() {
        text.wipe()
        textLength = 0
    }

    mutating func malformed(_ reason: String, isTruncated: Bool = false) -> JSONMalformed {
        wipe()
        return JSONMalformed(reason, offset: offset, isTruncated: isTruncated)
    }
}

extension JSONTokenizer {
    /// Reads a whole document.
    ///
    /// - Parameter body: gets each token as the tokenizer stands after it.
    static func read(
        _ bytes: UnsafeRawBufferPointer, keeping kept: Int = .max,
        _ body: (inout JSONTokenizer, Token) throws(JSONMalformed) -> Void
    ) throws(JSONMalformed) {
        var tokenizer = JSONTokenizer(kept: kept)
        var index = 0
        while let token = try tokenizer.next(in: bytes, at: &index) {
            try body(&tokenizer, token)
        }
        if let token = try tokenizer.finish() { try body(&tokenizer, token) }
        tokenizer.wipe()
    }
}
