/// Reads JSON piece by piece as it comes from the network, in memory that doesn't grow with it,
/// and hands over what the selection wants.
public struct JSONSelector: Sendable {
    /// A wanted scalar, or the end of an element.
    public struct Finding {
        public let slot: JSONSelection.Slot
        public let isString: Bool
        /// Lent for the time of the call and overwritten then. Empty for the end of an element,
        /// and where only the place is wanted.
        public let text: UnsafeRawBufferPointer
        /// Where the scalar stands, without quotes, in bytes from the start of the document.
        public let range: Range<Int>
    }

    public typealias Receiver = (Finding) throws -> Void

    /// The greatest scalar that is handed over whole, in bytes.
    public static let scalarLimit = 64 << 10

    private let selection: JSONSelection
    private var tokenizer = JSONTokenizer(kept: 0)
    /// The wanted objects and arrays around.
    private var stack: [Int] = []
    /// Of the value that comes next.
    private var node: Int

    public init(_ selection: JSONSelection) {
        self.selection = selection
        node = selection.root
        awaitValue()
    }

    /// How many bytes of the document are held at the moment, at most.
    public var bytesHeld: Int { tokenizer.text.capacity }

    /// - Throws: `JSONMalformed`, where the document is no object (or array) though the selection
    ///   wants one too, and what `receive` throws.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, receive: Receiver) throws {
        var index = 0
        while let token = try tokenizer.next(in: bytes, at: &index) { try take(token, receive) }
    }

    /// - Throws: `JSONMalformed` if the document isn't complete.
    public mutating func finish(receive: Receiver) throws {
        if let token = try tokenizer.finish() { try take(token, receive) }
    }

    private mutating func take(_ token: JSONTokenizer.Token, _ receive: Receiver) throws {
        switch token {
        case .objectStart:
            guard case .object = selection.node(node) else { return try passOver() }
            stack.append(node)
            tokenizer.kept = Self.scalarLimit
        case .arrayStart:
            guard case .array(let element, _) = selection.node(node) else {
                return try passOver()
            }
            stack.append(node)
            node = element
            awaitValue()
        case .name:
            node = selection.child(of: stack.last ?? JSONSelection.unwanted, named: tokenizer.text)
            // What is cut isn't wanted, even if what is left looks like it.
            if tokenizer.textLength > tokenizer.text.count { node = JSONSelection.unwanted }
            awaitValue()
        case .string, .word:
            try takeScalar(isString: token == .string, receive)
            try endValue(receive)
        case .objectEnd, .arrayEnd:
            stack.removeLast()
            try endValue(receive)
        }
    }

    /// An object or array of which nothing is wanted: its end is the next token.
    private mutating func passOver() throws(JSONMalformed) {
        guard tokenizer.depth > 1 else { throw tokenizer.malformed("another value is expected") }
        stack.append(JSONSelection.unwanted)
        tokenizer.skipRest()
    }

    private mutating func awaitValue() {
        if case .scalar(_, let kept, _) = selection.node(node) {
            tokenizer.kept = kept
        } else {
            tokenizer.kept = 0
        }
    }

    private mutating func takeScalar(isString: Bool, _ receive: Receiver) throws {
        guard case .scalar(let slot, _, let mayBeCut) = selection.node(node) else {
            guard tokenizer.depth > 0 else {
                throw tokenizer.malformed("another value is expected")
            }
            return
        }
        defer { tokenizer.wipe() }
        // `null` says that there is no value, so there is none to hand over.
        if !isString, tokenizer.isNull { return }
        guard mayBeCut || tokenizer.textLength <= tokenizer.text.count else {
            throw tokenizer.malformed("a value is too long")
        }
        let quote = isString ? 1 : 0
        let range = tokenizer.start + quote..<tokenizer.offset - quote
        try tokenizer.text.withUnsafeBytes {
            try receive(Finding(slot: slot, isString: isString, text: $0, range: range))
        }
    }

    /// After any value: tells the end of an element and what comes next.
    private mutating func endValue(_ receive: Receiver) throws {
        guard let parent = stack.last else { return }
        guard case .array(let element, let end) = selection.node(parent) else {
            tokenizer.kept = Self.scalarLimit
            return
        }
        if let end {
            let range = tokenizer.offset..<tokenizer.offset
            try receive(
                Finding(
                    slot: end, isString: false, text: UnsafeRawBufferPointer(start: nil, count: 0),
                    range: range))
        }
        node = element
        awaitValue()
    }
}
