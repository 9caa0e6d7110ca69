internal import Basics
internal import Foundation

extension Lab {
    /// Has a node's API server started with other arguments: what `rke up` or `kubeadm upgrade`
    /// does when somebody has changed the extra ones. Doesn't wait until it's ready.
    ///
    /// - Parameter change: gets the command line, the program's name included.
    package func changeAPIServer(on node: LabNode, _ change: ([String]) -> [String]) async throws {
        guard node.runtime.isStaticPods else {
            return try await recreate(Component.apiServer.rawValue, on: node, entrypoint: change)
        }
        var lines = try manifest(of: .apiServer, on: node)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let (begin, item) = ("  - command:", "    - ")
        guard let start = lines.firstIndex(of: begin) else {
            throw Fault(.corrupt, "\(node.name): the manifest isn't as kubeadm writes it")
        }
        let words = lines[(start + 1)...].prefix { $0.hasPrefix(item) }
        lines.replaceSubrange(
            words.indices,
            with: change(words.map { String($0.dropFirst(item.count)) }).map {
                item + $0
            })
        try StaticPodManifests.write(lines.joined(separator: "\n"), as: .apiServer, on: node)
    }

    /// The text of a manifest on a node with static pods.
    package func manifest(of component: Component, on node: LabNode) throws -> String {
        try Files.read(try node.root() + NodeRuntime.manifest(of: component))
    }

    /// Makes a container anew as it was but for its entrypoint, and starts it: what `rke up` does
    /// when somebody has changed the extra arguments in cluster.yml.
    package func recreate(
        _ container: String, on node: LabNode, entrypoint change: ([String]) -> [String]
    ) async throws {
        let engine = try node.engine()
        let inspection = try JSONSerialization.jsonObject(
            with: Data(try await engine.inspect(container)))
        guard let former = inspection as? [String: Any],
            var request = former["Config"] as? [String: Any], let host = former["HostConfig"]
        else { throw Fault(.remote, "the inspection of \(container) has no Config") }
        request["HostConfig"] = host
        request["Hostname"] = nil
        request["Entrypoint"] = change(request["Entrypoint"] as? [String] ?? [])
        try await engine.send("DELETE", "/containers/\(container)?force=1")
        try await engine.send("POST", "/containers/create?name=\(container)", json: request)
        try await engine.start(container)
    }
}
