internal import Basics

/// What a path is to a process.
public enum PathKind: Sendable, Hashable {
    case missing, socket, other
}

/// A KMS plugin's socket, as far as a server could connect to it.
public struct PluginSocket: Sendable {
    public let path: String

    /// - Parameter endpoint: `unix:///path`, as a provider config has it. Nil for a socket of the
    ///   abstract namespace (`unix:///@name`), which no file shows.
    public init?(endpoint: String) {
        guard endpoint.hasPrefix("unix:") else { return nil }
        var path = endpoint.dropFirst("unix:".count)
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard !path.hasPrefix("/@"), path.hasPrefix("/") else { return nil }
        self.path = String(path)
    }

    /// Looks whether the server of the node sees it.
    ///
    /// - Throws: `Fault(.refused)` that tells whether it isn't there at all, or only hidden.
    public func check(on node: ControlPlaneNode, plugin: String) async throws {
        switch try await node.runtime.kind(of: path) {
        case .socket: return
        case .other:
            throw fault(
                node, plugin, "\(path) isn't a socket",
                hint: "The plugin makes it when it starts. Is something else mounted there?")
        case .missing:
            let process = try await node.runtime.inspect()
            guard process.hostPath(of: path) == nil else {
                throw fault(
                    node, plugin, "there is no socket \(path) that kube-apiserver sees",
                    hint: "Start the plugin on every control-plane node first; then run the same"
                        + " command again.")
            }
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            throw fault(
                node, plugin,
                "no folder of the node is mounted where kube-apiserver looks for \(path)",
                hint: "\(node.runtime.words.mounting) The folder is /\(folder). Then start the"
                    + " plugin and run the same command again.")
        }
    }

    private func fault(
        _ node: ControlPlaneNode, _ plugin: String, _ what: String, hint: String
    ) -> Fault {
        Fault(
            .refused, "the KMS plugin \(plugin) can't be reached: \(what)",
            hint: "Nothing was touched. \(hint)", node: node.name)
    }
}
