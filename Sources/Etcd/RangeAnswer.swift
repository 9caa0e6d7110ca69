internal import Basics
internal import Crypto
internal import EncryptionModel

/// What is kept of one answer of `/v3/kv/range`.
struct RangeAnswer {
    struct Entry: Hashable {
        let key: [UInt8]
        let form: StoredForm
    }

    /// What etcd says in place of an answer.
    struct Failure: Hashable {
        /// gRPC's status code.
        var code: Int?
        var message: String
    }

    var entries: [Entry] = []
    /// The revision of the store when it was read.
    var revision: Int64?
    /// How many keys the whole range has, beyond the limit too.
    var count: Int64 = 0
    /// Whether the limit cut something off.
    var isCut = false
    var failure: Failure?
    /// How long the answer was.
    var bytes = 0
}

/// Reads an answer of `/v3/kv/range` piece by piece. Of a value it keeps the form only, so the
/// memory that it needs depends on the number of keys and not on the size of values.
struct RangeAnswerReader {
    enum Unreadable: Error {
        case json(JSONTokenizer.Malformed)
        case meaning(String)
    }

    private enum Name {
        case header, kvs, key, value, revision, more, count, error, message, code, other

        init(_ text: [UInt8]) {
            switch String(decoding: text, as: UTF8.self) {
            case "header": self = .header
            case "kvs": self = .kvs
            case "key": self = .key
            case "value": self = .value
            case "revision": self = .revision
            case "more": self = .more
            case "count": self = .count
            case "error": self = .error
            case "message": self = .message
            case "code": self = .code
            default: self = .other
            }
        }
    }

    /// The digits of a value that are decoded, a whole number of groups of four.
    private static let valueDigits = StoredForm.bytesLookedAt / 3 * 4
    /// Keys are kept whole: kube-apiserver's stay under 1 KiB.
    private static let keyDigits = 8192

    /// How many entries may come.
    private let limit: Int
    private var tokenizer = JSONTokenizer()
    /// The members on the way to the present place; the root and elements of arrays have none.
    private var path: [Name?] = []
    private var name: Name?
    private var key: [UInt8]?
    private var form = StoredForm.plaintext
    private(set) var answer = RangeAnswer()

    init(limit: Int) {
        self.limit = limit
    }

    /// Bytes of the answer that are held at the moment, apart from the entries.
    var bytesHeld: Int { tokenizer.text.capacity }

    mutating func read(_ piece: UnsafeRawBufferPointer) throws(Unreadable) {
        answer.bytes += piece.count
        var index = 0
        do {
            while let token = try tokenizer.next(in: piece, at: &index) { try take(token) }
        } catch let error as JSONTokenizer.Malformed {
            throw .json(error)
        } catch {
            throw (error as? Unreadable) ?? .meaning(String(describing: error))
        }
    }

    mutating func finish() throws(Unreadable) -> RangeAnswer {
        defer { tokenizer.wipe() }
        guard tokenizer.isComplete else { throw .meaning("it ends too early") }
        return answer
    }

    private mutating func take(_ token: JSONTokenizer.Token) throws {
        switch token {
        case .objectStart, .arrayStart:
            if path.isEmpty && token == .arrayStart { throw Unreadable.meaning("it is a list") }
            path.append(name)
            name = nil
            if isEntry { (key, form) = (nil, .plaintext) }
        case .objectEnd, .arrayEnd:
            if isEntry && token == .objectEnd { try endEntry() }
            path.removeLast()
            name = nil
        case .name:
            let name = Name(tokenizer.text)
            self.name = name
            tokenizer.kept = isEntry && name == .value ? Self.valueDigits : Self.keyDigits
        case .string, .word:
            try takeScalar(isString: token == .string)
            tokenizer.wipe()
            // An element of an array has no name; after a member the next name comes first.
            name = nil
        }
    }

    private var isEntry: Bool { path.count == 3 && path[1] == .kvs && path[2] == nil }

    private mutating func takeScalar(isString: Bool) throws {
        guard let name else { return }
        switch (path.count, name) {
        case (3, .key) where isEntry: key = try base64(isString, limit: Self.keyDigits)
        case (3, .value) where isEntry:
            form = StoredForm(firstBytesOf: try base64(isString, limit: Self.valueDigits))
        case (2, .revision) where path[1] == .header: answer.revision = try integer()
        case (1, .count): answer.count = try integer()
        case (1, .more): answer.isCut = String(decoding: tokenizer.text, as: UTF8.self) == "true"
        case (1, .error), (1, .message):
            var failure = answer.failure ?? RangeAnswer.Failure(message: "")
            failure.message = String(decoding: tokenizer.text.prefix(500), as: UTF8.self)
            answer.failure = failure
        case (1, .code):
            var failure = answer.failure ?? RangeAnswer.Failure(message: "")
            failure.code = Int(try integer())
            answer.failure = failure
        default: break
        }
    }

    private mutating func endEntry() throws {
        guard let key else { throw Unreadable.meaning("an entry has no key") }
        guard answer.entries.count < limit else {
            throw Unreadable.meaning("it has more than the \(limit) entries asked for")
        }
        answer.entries.append(RangeAnswer.Entry(key: key, form: form))
    }

    private func base64(_ isString: Bool, limit: Int) throws -> [UInt8] {
        // Only a value may be longer than what is kept of it.
        guard isString, tokenizer.textLength == tokenizer.text.count || name == .value else {
            throw Unreadable.meaning("a key is no string or too long")
        }
        let digits = SecretBytes(copying: tokenizer.text)
        guard let bytes = Base64.decode(digits) else {
            throw Unreadable.meaning("a key or value is not base64")
        }
        return bytes.exposedBytes()
    }

    /// 64-bit integers are strings in etcd's JSON, but not in everybody's.
    private func integer() throws -> Int64 {
        guard let value = Int64(String(decoding: tokenizer.text, as: UTF8.self)), value >= 0 else {
            throw Unreadable.meaning("a number makes no sense")
        }
        return value
    }
}
