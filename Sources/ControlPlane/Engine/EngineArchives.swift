internal import Basics
internal import Foundation
internal import HTTP
internal import JSON

/// Files within containers, started or not. The Engine mounts the container's binds for it, so a
/// file in a bound folder is the host's file as it is now.
extension EngineClient {
    /// What the Engine tells of a path before the archive itself.
    struct PathStat: Sendable, Hashable {
        let modified: Timestamp
        let size: Int
        let isSocket: Bool
        /// Where a symbolic link leads, all links followed, within the container.
        let linkTarget: String?
    }

    /// - Parameters:
    ///   - limit: the greatest file accepted, in bytes.
    /// - Returns: nil when the container has no such path.
    func readFile(_ path: String, in id: String, limit: Int) async throws -> NodeFile? {
        var path = path
        for _ in 0..<8 {
            guard let stat = try await stat(path, in: id) else { return nil }
            if let target = stat.linkTarget {
                path = target
                continue
            }
            guard stat.size <= limit else { throw FileScripts.Problem.tooLarge.fault(path) }
            let response = try await call(
                "GET", self.path(id, "/archive"), [("path", path)],
                limit: limit + (256 << 10), to: "read \(path) in container \(Self.short(id))")
            let file = try TarReader.onlyFile(in: response.body, limit: limit)
            // The file may have been replaced since the first look.
            let again = try Self.stat(from: response.head)
            return NodeFile(
                contents: file.contents, permissions: file.permissions,
                modified: max(again.modified, stat.modified))
        }
        throw Fault(
            .remote, "\(path) in container \(Self.short(id)) is a chain of too many symbolic links")
    }

    func kind(of path: String, in id: String) async throws -> PathKind {
        var path = path
        for _ in 0..<8 {
            guard let stat = try await stat(path, in: id) else { return .missing }
            guard let target = stat.linkTarget else { return stat.isSocket ? .socket : .other }
            path = target
        }
        return .other
    }

    /// - Returns: nil when the container has no such path.
    func stat(_ path: String, in id: String) async throws -> PathStat? {
        let activity = "look at \(path) in container \(Self.short(id))"
        let response = try await call(
            "HEAD", self.path(id, "/archive"), [("path", path)], accepting: [200, 404],
            to: activity)
        if response.status == 200 { return try Self.stat(from: response.head) }
        // 404 is the answer for a missing container as well.
        _ = try await call("HEAD", self.path(id, "/archive"), [("path", "/")], to: activity)
        return nil
    }

    /// Unpacks an archive into a folder of a container.
    func unpack(_ archive: SecretBytes, into folder: String, in id: String) async throws {
        Failpoint.pass("engine.archive.unpack")
        _ = try await call(
            "PUT", path(id, "/archive"), [("path", folder)],
            body: (type: "application/x-tar", bytes: archive),
            to: "put a file into container \(Self.short(id))")
        Failpoint.pass("engine.archive.unpacked")
    }

    /// Go's `fs.ModeSocket`, which isn't the kernel's number.
    private static let socketMode = 1 << 24

    /// The header `X-Docker-Container-Path-Stat`: JSON in base64.
    private static func stat(from head: HTTPHead) throws -> PathStat {
        guard let header = head["X-Docker-Container-Path-Stat"],
            let data = Data(base64Encoded: header)
        else { throw Fault(.remote, "Docker didn't tell what kind of file it has") }
        let stat = try JSONValue(answer: Array(data))
        guard let modified = stat["mtime"]?.text.flatMap({ Timestamp(rfc3339: $0) }),
            let size = stat["size"]?.integer, let mode = stat["mode"]?.integer
        else { throw Fault(.remote, "Docker told something unknown about a file") }
        let target = stat["linkTarget"]?.text ?? ""
        return PathStat(
            modified: modified, size: size, isSocket: mode & Self.socketMode != 0,
            linkTarget: target.isEmpty ? nil : target)
    }
}
