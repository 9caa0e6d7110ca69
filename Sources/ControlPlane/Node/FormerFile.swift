internal import Basics

/// What was at a path before a deployment, kept on the node until the deployment has succeeded, so
/// that a later run can go back even if this one is cut off.
///
/// The copy lies in the same folder, for root only.
struct FormerFile {
    let path: String
    /// The copy that an interrupted run left: what the server was last seen ready with. Nil where
    /// it was seen ready with `current`.
    let saved: NodeFile?
    let current: NodeFile?

    /// Where the copy is; hidden, and by its name no temporary file of `NodeFiles`.
    static func path(beside path: String) throws -> String {
        let place = try FilePlace(path)
        return "\(place.folder)/.\(place.name).before-orchestrator"
    }

    /// What an interrupted run left; nil where there is no copy.
    static func leftover(beside path: String, with files: any NodeFiles) async throws -> NodeFile? {
        let copy = try Self.path(beside: path)
        // Where the name is too long for a copy, none was ever made.
        guard (try? FilePlace(copy)) != nil else { return nil }
        return try await files.read(copy)
    }

    func save(with files: any NodeFiles) async throws {
        guard saved == nil, let current else { return }
        try await files.write(
            try Self.path(beside: path), contents: current.contents, permissions: .rootOnly)
    }

    func restore(with files: any NodeFiles) async throws {
        if let saved {
            let permissions = current?.permissions ?? .rootOnly
            try await files.write(path, contents: saved.contents, permissions: permissions)
        } else if let current {
            if try await files.read(path)?.contents != current.contents {
                try await files.write(
                    path, contents: current.contents, permissions: current.permissions)
            }
        } else {
            try await files.remove(path)
        }
        try await forget(with: files)
    }

    func forget(with files: any NodeFiles) async throws {
        guard saved != nil || current != nil else { return }
        try await files.remove(try Self.path(beside: path))
    }
}
