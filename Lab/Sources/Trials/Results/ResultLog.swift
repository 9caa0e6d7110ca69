internal import Basics
internal import Foundation

/// The results of all trials, a line of JSON each, so that a run that was interrupted can go on
/// and a table can be made later.
package struct ResultLog: Sendable {
    /// The file of one kind of trials, so that several kinds can run at once.
    private let path: String

    /// - Parameter folder: made when there is none.
    package init(folder: String, kind: TrialResult.Kind) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        path = "\(folder)/\(kind.rawValue).jsonl"
    }

    package func append(_ result: TrialResult) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let line = Array(try encoder.encode(result)) + [UInt8(ascii: "\n")]
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        // One write, so that what is there is whole lines, whenever the program ends.
        guard write(descriptor, line, line.count) == line.count else { throw failure("write to") }
    }

    /// The last result of every trial, in the order in which they ended.
    package func results() throws -> [TrialResult] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        var last: [TrialResult.Identity: Int] = [:]
        let all = try data.split(separator: UInt8(ascii: "\n")).enumerated().map { number, line in
            do {
                let result = try decoder.decode(TrialResult.self, from: line)
                last[result.identity] = number
                return result
            } catch {
                throw Fault(
                    .corrupt, "line \(number + 1) of \(path) is no result", cause: error)
            }
        }
        return all.enumerated().filter { last[$1.identity] == $0 }.map(\.element)
    }

    /// The trials that need not be made again: those that ended well.
    package func done() throws -> Set<TrialResult.Identity> {
        Set(try results().filter(\.endedWell).map(\.identity))
    }

    private func failure(_ deed: String) -> Fault {
        Fault(.failed, "cannot \(deed) \(path): \(String(cString: strerror(errno)))")
    }
}
