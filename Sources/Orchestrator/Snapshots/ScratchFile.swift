internal import Basics
internal import Crypto
internal import Foundation

/// Room on this machine for a snapshot while it is looked at: for its owner only, and gone with the
/// program however that ends, for it holds everything that the cluster has.
struct ScratchFile: Sendable {
    let file: NewFile

    /// The same file, to be read; it is there as long as what is returned.
    func reopened() throws -> SeekableFile { try file.reopened() }

    /// In `TMPDIR`, else /tmp. It has no name there.
    static func make() throws -> ScratchFile {
        let folder = NSTemporaryDirectory()
        let path = (folder.hasSuffix("/") ? folder : folder + "/") + "orchestrator-"
        return ScratchFile(file: try NewFile(unnamedLike: path + (try randomIdentifier())))
    }

    /// All of it; for small ones.
    ///
    /// - Parameter limit: in bytes.
    /// - Throws: `Fault(.corrupt)` where it is longer.
    func contents(limit: Int) async throws -> SecretBytes {
        let file = try reopened()
        guard file.size <= limit else {
            throw Fault(.corrupt, "it is \(file.size) bytes long; at most \(limit) are read")
        }
        return try await OwnThread.result(named: "scratch") { _ in
            try SecretBytes(count: file.size) { _ = try file.read(at: 0, into: $0) }
        }
    }
}
