internal import Foundation
package import LabKit

extension Lab {
    /// Changes the one word in cluster.yml, as an administrator would.
    package func wantEncryption(_ isWanted: Bool) throws {
        let path = URL(fileURLWithPath: clusterFile)
        let text = try String(contentsOf: path, encoding: .utf8)
        let other = text.replacing("enabled: \(!isWanted)", with: "enabled: \(isWanted)")
        if other != text { try Data(other.utf8).write(to: path) }
    }
}
