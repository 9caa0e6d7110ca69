package import LabKit

extension LabNode {
    /// Runs a script on the node as root.
    package func shell(_ script: String) async throws {
        try await command(["sh", "-c", script]).run()
    }
}
