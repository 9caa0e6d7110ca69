internal import Basics
internal import Foundation

/// A folder below `TMPDIR` that is gone when the last reference goes.
final class ScratchFolder: Sendable {
    private let folder: String

    init() throws {
        var template = Array(
            (FileManager.default.temporaryDirectory.path + "/benchmark-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCall.fault("can't make a folder") }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }
}
