internal import Basics
internal import Foundation

extension Lab {
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
