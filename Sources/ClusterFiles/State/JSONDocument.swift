internal import Basics

/// A JSON object as bytes, of which single members are read and replaced while every other byte
/// stays as it is.
struct JSONDocument {
    private(set) var bytes: SecretBytes

    /// As RKE writes the state of a cluster of which it knows nothing.
    static let empty = JSONDocument(
        unchecked: SecretBytes(
            copying: "{\n  \"desiredState\": {},\n  \"currentState\": {}\n}".utf8))

    private init(unchecked bytes: SecretBytes) { self.bytes = bytes }

    /// - Throws: `JSONScanner.Mistake` where the bytes aren't one JSON object.
    init(checking bytes: SecretBytes) throws(JSONScanner.Mistake) {
        self.bytes = bytes
        let problem = bytes.withUnsafeBytes { raw -> JSONScanner.Mistake? in
            do throws(JSONScanner.Mistake) {
                var scanner = JSONScanner(raw)
                try scanner.checkDocument()
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw problem }
        guard members(of: bytes.whole) != nil else {
            throw JSONScanner.Mistake(offset: 0, reason: "it is no object", isTruncated: false)
        }
    }

    /// The range of the value at a path of member names; nil where there is none. Of members with
    /// one name the last counts, as everywhere in Go.
    func range(of path: [String]) -> Range<Int>? {
        var range = bytes.whole
        for name in path {
            guard let next = members(of: range)?.last(where: { $0.name == name }) else {
                return nil
            }
            range = next.value
        }
        return range
    }

    /// The text of a string member; nil where there is none or it's no string.
    func string(_ path: [String]) -> SecretBytes? {
        guard let range = range(of: path) else { return nil }
        return bytes.withUnsafeBytes { raw in
            guard range.count >= 2, raw[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
            return JSONText.decode(raw, range.lowerBound + 1..<range.upperBound - 1)
        }
    }

    /// A string member of every object in an array; what is anything else is left out.
    func strings(_ name: String, ofElementsOf path: [String]) -> [String] {
        guard let range = range(of: path) else { return [] }
        return bytes.withUnsafeBytes { raw in
            var scanner = JSONScanner(raw, in: range)
            // The document has been checked, so scanning can't fail.
            let elements = (try? scanner.elements()) ?? []
            return elements.compactMap { element in
                guard let value = members(of: element)?.last(where: { $0.name == name })?.value,
                    value.count >= 2, raw[value.lowerBound] == UInt8(ascii: "\"")
                else { return nil }
                return JSONText.decode(raw, value.lowerBound + 1..<value.upperBound - 1)
                    .exposedText()
            }
        }
    }

    func slice(_ range: Range<Int>) -> SecretBytes {
        bytes.withUnsafeBytes { SecretBytes(copying: $0[range]) }
    }

    func isNull(_ range: Range<Int>) -> Bool {
        bytes.withUnsafeBytes { $0[range].elementsEqual("null".utf8) }
    }

    func isObject(_ range: Range<Int>) -> Bool {
        bytes.withUnsafeBytes { $0[range].first == UInt8(ascii: "{") }
    }

    /// Names that the object at a path has twice.
    func duplicates(in path: [String], among names: [String]) -> [String] {
        let present = range(of: path).flatMap { members(of: $0) }?.map(\.name) ?? []
        return names.filter { name in present.count { $0 == name } > 1 }
    }

    // MARK: Changing

    /// Puts a value at a path; objects on the way are made where they are missing (or null).
    mutating func set(_ path: [String], to value: SecretBytes) {
        guard let name = path.last else { return }
        let parent = Array(path.dropLast())
        guard let range = range(of: parent), !isNull(range) else {
            let depth = String(repeating: "  ", count: path.count)
            let outer = String(repeating: "  ", count: path.count - 1)
            var object = SecretText()
            object.append("{\n\(depth)\"\(name)\": ")
            object.append(value)
            object.append("\n\(outer)}")
            return set(parent, to: object.finish())
        }
        if let old = self.range(of: path) {
            replace(old, with: value)
        } else {
            insert(name, value, into: range, depth: path.count)
        }
    }

    /// Adds a member at the end of an object, in the indentation that RKE writes.
    private mutating func insert(
        _ name: String, _ value: SecretBytes, into object: Range<Int>, depth: Int
    ) {
        let last = members(of: object)?.last?.value.upperBound
        var text = SecretText()
        text.append(last == nil ? "\n" : ",\n")
        text.append(String(repeating: "  ", count: depth) + "\"\(name)\": ")
        text.append(value)
        if last == nil { text.append("\n" + String(repeating: "  ", count: depth - 1)) }
        let place = last ?? object.lowerBound + 1
        replace(place..<(last ?? object.upperBound - 1), with: text.finish())
    }

    private mutating func replace(_ range: Range<Int>, with value: SecretBytes) {
        var text = SecretText()
        text.append(slice(0..<range.lowerBound))
        text.append(value)
        text.append(slice(range.upperBound..<bytes.count))
        bytes = text.finish()
    }

    /// Nil where the value is no object. The document has been checked, so scanning can't fail.
    private func members(of range: Range<Int>) -> [JSONScanner.Member]? {
        bytes.withUnsafeBytes { raw in
            var scanner = JSONScanner(raw, in: range)
            do throws(JSONScanner.Mistake) {
                return try scanner.members()
            } catch {
                return nil
            }
        }
    }
}

extension SecretBytes {
    fileprivate var whole: Range<Int> { 0..<count }
}
