internal import Basics
internal import HTTP
internal import JSON

/// Containers. `id` is an id or a name everywhere.
extension EngineClient {
    /// The inspection as the Engine wrote it; nil when there is no such container.
    func inspect(_ id: String) async throws -> JSONValue? {
        let response = try await call(
            "GET", path(id, "/json"), accepting: [200, 404], to: "inspect container \(id)")
        return response.status == 404 ? nil : try JSONValue(answer: response.body)
    }

    /// The ids of all containers, stopped ones too, that have the label.
    func containers(labelled label: String) async throws -> [String] {
        let filters = JSONValue.object(JSONObject([("label", [.string(label)])]))
        let list = try await ask(
            "GET", "/containers/json",
            [("all", "1"), ("filters", String(decoding: filters.bytes, as: UTF8.self))],
            to: "list containers")
        return list.elements.compactMap { $0["Id"]?.text }
    }

    /// - Returns: the new container's id.
    func create(_ name: String, _ recipe: JSONValue) async throws -> String {
        Failpoint.pass("engine.container.create")
        let answer = try await ask(
            "POST", "/containers/create", [("name", name)], body: recipe, accepting: [201],
            to: "create container \(name)")
        guard let id = answer["Id"]?.text else {
            throw Fault(.remote, "Docker created container \(name) but didn't tell its id")
        }
        Failpoint.pass("engine.container.created")
        return id
    }

    /// Starting a running container is no error.
    func start(_ id: String) async throws {
        Failpoint.pass("engine.container.start")
        try await act("start", id)
        Failpoint.pass("engine.container.started")
    }

    /// Stops a container as it wishes to be stopped (its own signal and time, else SIGTERM and
    /// 10 s, then SIGKILL). Stopping a stopped one is no error.
    func stop(_ id: String) async throws {
        Failpoint.pass("engine.container.stop")
        try await act("stop", id)
        Failpoint.pass("engine.container.stopped")
    }

    func restart(_ id: String) async throws {
        Failpoint.pass("engine.container.restart")
        try await act("restart", id)
        Failpoint.pass("engine.container.restarted")
    }

    func rename(_ id: String, to name: String) async throws {
        Failpoint.pass("engine.container.rename")
        _ = try await call(
            "POST", path(id, "/rename"), [("name", name)], accepting: [204],
            to: "rename container \(id) to \(name)")
        Failpoint.pass("engine.container.renamed")
    }

    /// Sets what happens when a container ends; nothing else of it changes.
    func setRestartPolicy(_ id: String, _ policy: JSONValue) async throws {
        Failpoint.pass("engine.container.update")
        _ = try await ask(
            "POST", path(id, "/update"), body: ["RestartPolicy": policy],
            to: "set the restart policy of container \(id)")
        Failpoint.pass("engine.container.updated")
    }

    /// Removes a container, running or not, and leaves its volumes. None is no error.
    func remove(_ id: String) async throws {
        Failpoint.pass("engine.container.remove")
        _ = try await call(
            "DELETE", path(id, ""), [("force", "1"), ("v", "0")], accepting: [204, 404],
            to: "remove container \(id)")
        Failpoint.pass("engine.container.removed")
    }

    /// Waits until a container isn't running.
    ///
    /// - Returns: its exit status.
    func wait(_ id: String) async throws -> Int {
        let answer = try await ask("POST", path(id, "/wait"), to: "wait for container \(id)")
        guard let status = answer["StatusCode"]?.integer else {
            throw Fault(.remote, "Docker didn't tell how container \(id) ended")
        }
        return status
    }

    /// The last lines of what a container wrote to either stream.
    func log(_ id: String, lines: Int, hasTerminal: Bool) async throws -> String {
        let response = try await call(
            "GET", path(id, "/logs"),
            [("stdout", "1"), ("stderr", "1"), ("tail", String(lines))],
            limit: 4 << 20, to: "read the log of container \(id)")
        let text = hasTerminal ? response.body : EngineStream.text(of: response.body)
        return String(decoding: text, as: UTF8.self)
    }

    /// The inspection of an image; nil when there is none of that name.
    func image(_ name: String) async throws -> JSONValue? {
        // A name's slashes are part of the path.
        let name = name.split(separator: "/").map { Self.encode(String($0)) }.joined(separator: "/")
        let response = try await call(
            "GET", "/images/\(name)/json", accepting: [200, 404], to: "inspect image \(name)")
        return response.status == 404 ? nil : try JSONValue(answer: response.body)
    }

    private func act(_ verb: String, _ id: String) async throws {
        // 304: it is so already.
        _ = try await call(
            "POST", path(id, "/\(verb)"), accepting: [204, 304], to: "\(verb) container \(id)")
    }

    func path(_ id: String, _ rest: String) -> String {
        "/containers/\(Self.encode(id))\(rest)"
    }
}
