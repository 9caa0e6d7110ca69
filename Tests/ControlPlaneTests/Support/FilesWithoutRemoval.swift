import Basics

@testable import ControlPlane

/// The way to a node's files that breaks at every removal, as when the program is killed there.
struct FilesWithoutRemoval: NodeFiles {
    let files: any NodeFiles

    func read(_ path: String, limit: Int) async throws -> NodeFile? {
        try await files.read(path, limit: limit)
    }

    func write(
        _ path: String, contents: SecretBytes, permissions: FilePermissions
    ) async throws {
        try await files.write(path, contents: contents, permissions: permissions)
    }

    func remove(_ path: String) async throws {
        throw Fault(.unreachable, "the program died here")
    }

    func removeTemporaries(of path: String) async throws { try await remove(path) }
}
