package import Foundation
package import LabKit

/// Everything that was written to a node's disk since a moment, wherever it is.
package enum Disk {
    /// Programs in images are larger and are nobody's to write keys into.
    private static let largest = "8M"

    package static func filesChanged(on node: LabNode, since start: Date) async throws -> [String:
        Data]
    {
        // By the time that nobody can set: of the last change of the inode.
        let listed = try await node.command([
            "find", "/", "-xdev", "-type", "f", "-size", "-\(largest)",
            "-newerct", "@\(Int(start.timeIntervalSince1970) - 1)",
        ]).run().text
        let root = try node.root()
        var files: [String: Data] = [:]
        for path in listed.split(separator: "\n").map(String.init) {
            // What is gone meanwhile isn't left on the disk.
            files[path] = FileManager.default.contents(atPath: root + path)
        }
        return files
    }
}
