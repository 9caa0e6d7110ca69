internal import Basics
internal import Crypto
internal import Foundation

/// Room on this machine for a snapshot while it is looked at: for its owner only, and gone with the
/// program however that ends, for it holds everything that the cluster has.
struct ScratchFile: Sendable {
    let file: NewFile

    /// Where it can be read, for as long as this is there.
    var path: String { file.openPath }

    /// In `TMPDIR`, else /tmp. It has no name there.
    static func make() throws -> ScratchFile {
        let folder = NSTemporaryDirectory()
        let path = (folder.hasSuffix("/") ? folder : folder + "/") + "orchestrator-"
        return ScratchFile(file: try NewFile(unnamedLike: path + (try randomIdentifier())))
    }
}
