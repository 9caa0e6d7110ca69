internal import Basics
internal import Foundation

/// What the lab does with files and folders.
enum Files {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func makeFolder(_ path: String, mode: Int = 0o755) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: mode])
    }

    /// Replaces the file as a whole.
    static func write(_ text: String, to path: String, mode: Int = 0o644) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    static func write(_ bytes: [UInt8], to path: String, mode: Int = 0o644) throws {
        let new = path + ".new"
        guard
            FileManager.default.createFile(
                atPath: new, contents: Data(bytes), attributes: [.posixPermissions: mode]),
            rename(new, path) == 0
        else { throw Fault(.failed, "cannot write \(path): \(String(cString: strerror(errno)))") }
    }

    static func read(_ path: String) throws -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Fault(.notFound, "cannot read \(path)", cause: error)
        }
    }

    static func list(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    static func remove(_ path: String) throws {
        guard exists(path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw Fault(.failed, "cannot remove \(path)", cause: error)
        }
    }
}
