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

    /// With the copy that an interrupted run left, if that is still what to go back to.
    ///
    /// A server that is ready with what is there now isn't taken back behind that: it may have
    /// written under a key that the copy lacks, and by what it runs with others may have gone on to
    /// where the copy can't follow. Then only the tidying up was cut off, and is done here.
    static func find(
        _ path: String, current: NodeFile?, serverHasCurrent: Bool, _ readiness: Readiness,
        with files: any NodeFiles
    ) async throws -> FormerFile {
        var saved = try await leftover(beside: path, with: files)
        if saved != nil, serverHasCurrent, (try? await readiness.isReady()) == true {
            try await files.remove(try Self.path(beside: path))
            saved = nil
        }
        return FormerFile(path: path, saved: saved, current: current)
    }

    func save(with files: any NodeFiles) async throws {
        guard saved == nil, let current else { return }
        try await files.write(
            try Self.path(beside: path), contents: current.contents, permissions: .rootOnly)
    }

    /// A file that is there as it was isn't written again: a server that was started before would
    /// count as one that hasn't read it, and be started anew for nothing.
    func restore(with files: any NodeFiles) async throws {
        if let saved {
            let permissions = current?.permissions ?? .rootOnly
            try await files.write(path, contents: saved.contents, permissions: permissions)
        } else if let current {
            // A write that was given up waiting for may be about to rename its file into place.
            // Looking comes after, so that a rename that was quicker is seen.
            try await files.removeTemporaries(of: path)
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
