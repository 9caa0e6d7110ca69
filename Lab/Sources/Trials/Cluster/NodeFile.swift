internal import Foundation
package import LabKit

/// A file of a node as the host sees it.
package struct NodeFile {
    package static let providerConfig = providerConfig(of: .docker)

    /// Where the orchestrator puts the provider config: beside the certificates, which the server
    /// sees.
    package static func providerConfig(of runtime: NodeRuntime) -> String {
        runtime.certificates + "/encryption.yaml"
    }

    /// The node's provider config; nil where there is none.
    package static func providerConfig(on node: LabNode) throws -> NodeFile? {
        try NodeFile(providerConfig(of: node.runtime), on: node)
    }

    package let text: String
    /// Permission bits.
    package let mode: UInt32
    package let owner: UInt32

    /// Nil where there is none.
    package init?(_ path: String, on node: LabNode) throws {
        let path = try node.root() + path
        var status = stat()
        guard lstat(path, &status) == 0, let data = FileManager.default.contents(atPath: path)
        else { return nil }
        text = String(decoding: data, as: UTF8.self)
        mode = status.st_mode & 0o7777
        owner = status.st_uid
    }
}
