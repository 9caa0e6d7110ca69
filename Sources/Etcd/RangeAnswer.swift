internal import Basics
internal import Crypto
internal import EncryptionModel
internal import JSON

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
        case json(JSONMalformed)
        case meaning(String)
    }

    fileprivate enum Slot {
        static let key = 0, value = 1, entryEnd = 2, revision = 3, more = 4, count = 5
        static let message = 6, code = 7
    }

    /// The digits of a value that are decoded, a whole number of groups of four.
    private static let valueDigits = StoredForm.bytesLookedAt / 3 * 4

    private static let selection = JSONSelection(
        .object([
            "header": .object(["revision": .scalar(Slot.revision)]),
            "kvs": .array(
                of: .object([
                    "key": .scalar(Slot.key),
                    "value": .beginning(Slot.value, bytes: valueDigits),
                ]),
                elementEnd: Slot.entryEnd),
            "more": .scalar(Slot.more),
            "count": .scalar(Slot.count),
            "error": .beginning(Slot.message, bytes: 500),
            "message": .beginning(Slot.message, bytes: 500),
            "code": .scalar(Slot.code),
        ]))

    fileprivate struct Found {
        /// How many entries may come.
        let limit: Int
        var key: [UInt8]?
        var form = StoredForm.plaintext
        var answer = RangeAnswer()
    }

    private var selector = JSONSelector(selection)
    private var found: Found

    init(limit: Int) { found = Found(limit: limit) }

    /// Bytes of the answer that are held at the moment, apart from the entries.
    var bytesHeld: Int { selector.bytesHeld }

    mutating func read(_ piece: UnsafeRawBufferPointer) throws(Unreadable) {
        found.answer.bytes += piece.count
        do {
            try selector.feed(piece) { try found.take($0) }
        } catch {
            throw Unreadable(error)
        }
    }

    mutating func finish() throws(Unreadable) -> RangeAnswer {
        do {
            try selector.finish { try found.take($0) }
        } catch {
            throw Unreadable(error)
        }
        return found.answer
    }
}

extension RangeAnswerReader.Unreadable {
    fileprivate init(_ error: any Error) {
        switch error {
        case let malformed as JSONMalformed: self = .json(malformed)
        case let unreadable as Self: self = unreadable
        default: self = .meaning(String(describing: error))
        }
    }
}

extension RangeAnswerReader.Found {
    private typealias Slot = RangeAnswerReader.Slot
    private typealias Unreadable = RangeAnswerReader.Unreadable

    mutating func take(_ finding: JSONSelector.Finding) throws {
        switch finding.slot {
        case Slot.key: key = try Self.base64(finding)
        case Slot.value: form = StoredForm(firstBytesOf: try Self.base64(finding))
        case Slot.entryEnd: try endEntry()
        case Slot.revision: answer.revision = try Self.integer(finding)
        case Slot.count: answer.count = try Self.integer(finding)
        case Slot.more: answer.isCut = finding.text.elementsEqual("true".utf8)
        case Slot.code:
            var failure = answer.failure ?? RangeAnswer.Failure(message: "")
            failure.code = Int(try Self.integer(finding))
            answer.failure = failure
        default:
            var failure = answer.failure ?? RangeAnswer.Failure(message: "")
            failure.message = String(decoding: finding.text, as: UTF8.self)
            answer.failure = failure
        }
    }

    private mutating func endEntry() throws {
        guard let key else { throw Unreadable.meaning("an entry has no key") }
        guard answer.entries.count < limit else {
            throw Unreadable.meaning("it has more than the \(limit) entries asked for")
        }
        answer.entries.append(RangeAnswer.Entry(key: key, form: form))
        (self.key, form) = (nil, .plaintext)
    }

    private static func base64(_ finding: JSONSelector.Finding) throws -> [UInt8] {
        guard finding.isString, let bytes = Base64.decode(SecretBytes(copying: finding.text))
        else { throw Unreadable.meaning("a key or value is not base64") }
        return bytes.exposedBytes()
    }

    /// 64-bit integers are strings in etcd's JSON, but not in everybody's.
    private static func integer(_ finding: JSONSelector.Finding) throws -> Int64 {
        guard let value = Int64(String(decoding: finding.text, as: UTF8.self)), value >= 0 else {
            throw Unreadable.meaning("a number makes no sense")
        }
        return value
    }
}
