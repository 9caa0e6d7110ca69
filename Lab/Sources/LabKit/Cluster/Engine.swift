internal import Basics
internal import Foundation

/// A Docker Engine, through its socket.
struct Engine: Sendable {
    let socket: String

    /// The API of Docker 20.10.
    private static let base = "http://docker/v1.41"

    /// Sends a request; a status other than 2xx or 304 is a `Fault` with what the engine said.
    @discardableResult
    func send(
        _ method: String, _ path: String, json: [String: Any]? = nil, within seconds: Int = 120
    ) async throws -> [UInt8] {
        let body = try json.map { Array(try JSONSerialization.data(withJSONObject: $0)) } ?? []
        let answer = try await Command(
            "curl",
            [
                "--silent", "--show-error", "--max-time", "\(seconds)",
                "--unix-socket", socket, "--request", method,
                "--header", "Content-Type: application/json", "--data-binary", "@-",
                "--write-out", "\n%{http_code}", Self.base + path,
            ], input: body
        ).run().output
        let split = answer.lastIndex(of: UInt8(ascii: "\n")) ?? 0
        let status = Int(String(decoding: answer[(split + 1)...], as: UTF8.self)) ?? 0
        guard (200..<300).contains(status) || status == 304 else {
            throw Fault(
                .remote,
                "Docker Engine: \(method) \(path): \(status): "
                    + String(decoding: answer[..<split], as: UTF8.self))
        }
        return Array(answer[..<split])
    }

    func isReady() async throws -> Bool {
        guard Files.exists(socket) else { return false }
        return try await send("GET", "/_ping", within: 3) == Array("OK".utf8)
    }

    /// Makes an image of one layer from a tar archive and gives it the names.
    func importImage(archive: String, names: [String]) async throws {
        let environment = ["DOCKER_HOST": "unix://\(socket)"]
        guard let first = names.first else { return }
        try await Command(
            "docker", ["import", "--change", "ENV PATH=\(Self.path)", archive, first],
            environment: environment
        ).run()
        for name in names.dropFirst() {
            try await Command("docker", ["tag", first, name], environment: environment).run()
        }
    }

    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    func create(_ container: ContainerShape) async throws {
        try await send(
            "POST", "/containers/create?name=\(container.name)", json: container.request)
    }

    func start(_ name: String) async throws {
        try await send("POST", "/containers/\(name)/start")
    }

    /// What `docker inspect` tells, as JSON.
    func inspect(_ name: String) async throws -> [UInt8] {
        try await send("GET", "/containers/\(name)/json")
    }
}
