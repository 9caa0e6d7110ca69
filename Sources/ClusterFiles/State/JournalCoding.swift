internal import Basics
internal import Foundation
internal import Transition

/// Our member of the state file: `{"version": 1, …}`.
enum JournalCoding {
    /// Goes up with every change that an older program must not overlook.
    static let version = 1

    private struct Header: Decodable { let version: Int }

    static func encode(_ journal: Journal) throws(Fault) -> SecretBytes {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            var data = try encoder.encode(StoredJournal(journal))
            defer { data.resetBytes(in: 0..<data.count) }
            return indented(data)
        } catch {
            throw Fault(.failed, "the journal can't be encoded", cause: error)
        }
    }

    /// A line feed is never inside a JSON string, so each one begins a line.
    private static func indented(_ data: Data) -> SecretBytes {
        let lines = data.count { $0 == UInt8(ascii: "\n") }
        return SecretBytes(count: data.count + 2 * lines) { target in
            var offset = 0
            for byte in data {
                target[offset] = byte
                offset += 1
                guard byte == UInt8(ascii: "\n") else { continue }
                target[offset] = UInt8(ascii: " ")
                target[offset + 1] = UInt8(ascii: " ")
                offset += 2
            }
        }
    }

    static func decode(_ bytes: SecretBytes, file: String) throws(Fault) -> Journal {
        var data = bytes.withUnsafeBytes { Data($0) }
        defer { data.resetBytes(in: 0..<data.count) }
        do {
            let decoder = JSONDecoder()
            let header = try decoder.decode(Header.self, from: data)
            guard header.version <= version else {
                throw StateFileFaults.newer(version: header.version, file: file)
            }
            return try decoder.decode(StoredJournal.self, from: data).journal(file: file)
        } catch let fault as Fault {
            throw fault
        } catch let error as DecodingError {
            throw StateFileFaults.contradiction(explanation(of: error), file: file)
        } catch {
            throw StateFileFaults.contradiction("the journal can't be read", file: file)
        }
    }

    /// The path only: Foundation's own description may quote the value, which may be a key.
    private static func explanation(of error: DecodingError) -> String {
        let (what, context): (String, DecodingError.Context?) =
            switch error {
            case .keyNotFound(let key, let context):
                ("has no member \(key.stringValue)", context)
            case .typeMismatch(_, let context): ("is of another type", context)
            case .valueNotFound(_, let context): ("is null", context)
            case .dataCorrupted(let context): ("has no valid value", context)
            @unknown default: ("can't be read", nil)
            }
        let path = (context?.codingPath ?? []).map(\.stringValue)
        return "\(([StateFile.member] + path).joined(separator: ".")) \(what)"
    }
}
