import Foundation
import Testing

/// What the stand-in does over time and with company; the table of requests can't show it.
@Suite(.serialized) struct BehaviourTests {
    static let secrets = "/api/v1/namespaces/default/secrets"
    static let json = ["content-type": "application/json"]
    static let merge = ["content-type": "application/merge-patch+json"]

    private static func create(_ name: String, on bench: Bench) throws {
        let answer = try bench.send(
            "POST", secrets, body: "{\"metadata\": {\"name\": \"\(name)\"}}", headers: json)
        #expect(answer.status == 201, "\(answer.text)")
    }

    private static func wait(_ what: String, _ check: () throws -> Bool) throws {
        let end = Date() + 10
        while Date() < end {
            if try check() { return }
            usleep(50000)
        }
        Issue.record("never happened: \(what)")
    }

    @Test("a new configuration is taken over by itself, a bad one leaves the old in force")
    func automaticReload() throws {
        let bench = try Bench(
            .standIn, config: Configs.first,
            flags: ["--encryption-provider-config-automatic-reload=true"],
            environment: ["STANDIN_RELOAD_SECONDS": "0.05"])
        func metrics() throws -> String { try bench.send("GET", "/metrics").text }
        try bench.rewriteConfig(Configs.second)
        try Self.wait("the reload") { try metrics().contains("status=\"success\"} 1") }
        try Self.create("a", on: bench)
        let prefix = Data("k8s:enc:secretbox:v1:two:".utf8)
        #expect(try bench.stored("/registry/secrets/default/a").starts(with: prefix))
        try bench.rewriteConfig("nonsense: [")
        try Self.wait("the refusal") { try metrics().contains("status=\"failure\"} ") }
        try Self.create("b", on: bench)
        #expect(try bench.stored("/registry/secrets/default/b").starts(with: prefix))
    }

    @Test("no reload was asked for, a changed file changes nothing")
    func noReload() throws {
        let bench = try Bench(
            .standIn, config: Configs.first, environment: ["STANDIN_RELOAD_SECONDS": "0.05"])
        try bench.rewriteConfig(Configs.second)
        usleep(300_000)
        try Self.create("a", on: bench)
        let prefix = Data("k8s:enc:aescbc:v1:one:".utf8)
        #expect(try bench.stored("/registry/secrets/default/a").starts(with: prefix))
    }

    @Test("a bad configuration, the server ends with status 1 and says why")
    func badConfig() throws {
        let bench = try Bench(.standIn, config: nil)
        let end = try bench.failToStart(config: Configs.config("aescbc: {keys: []}"))
        #expect(end.status == 1)
        #expect(end.log.contains("resources[0].providers[0].aescbc.keys: Required value"))
    }

    @Test("two servers write the same object at once, no change is lost")
    func twoServers() throws {
        let one = try Bench(.standIn, config: Configs.first)
        let two = try Bench(.standIn, config: Configs.first, sharing: one)
        try Self.create("shared", on: one)
        let group = DispatchGroup()
        let failures = Failures()
        for (bench, name) in [(one, "one"), (two, "two")] {
            nonisolated(unsafe) let bench = bench
            DispatchQueue.global().async(group: group) {
                for index in 0..<20 {
                    let body = "{\"metadata\": {\"labels\": {\"\(name)-\(index)\": \"x\"}}}"
                    let answer = try? bench.send(
                        "PATCH", "\(Self.secrets)/shared", body: body, headers: Self.merge)
                    if answer?.status != 200 { failures.add(answer?.text ?? "no answer") }
                }
            }
        }
        group.wait()
        #expect(failures.all.isEmpty)
        let text = try two.send("GET", "\(Self.secrets)/shared").text
        for name in ["one", "two"] {
            for index in 0..<20 { #expect(text.contains("\"\(name)-\(index)\":\"x\"")) }
        }
    }

    @Test("faults that a test asks for, and their end")
    func faults() throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("faults-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let bench = try Bench(
            .standIn, config: Configs.first, environment: ["STANDIN_FAULTS": file.path])
        for name in ["a", "b", "c"] { try Self.create(name, on: bench) }
        func rules(_ text: String) throws {
            try Data("{\"rules\": [\(text)]}".utf8).write(to: file, options: .atomic)
        }
        func patch(_ name: String) throws -> Bench.Answer {
            try bench.send("PATCH", "\(Self.secrets)/\(name)", body: "{}", headers: Self.merge)
        }
        try rules(#"{"verb": "patch", "every": 2, "action": {"status": 429, "retryAfter": 3}}"#)
        #expect(try patch("a").status == 200)
        let busy = try patch("a")
        #expect(busy.status == 429)
        #expect(busy.headers["retry-after"] == "3")
        try rules(#"{"name": "b", "verb": "patch", "action": {"deny": "not this one"}}"#)
        #expect(try patch("b").text.contains("denied the request: not this one"))
        #expect(try patch("a").status == 200)
        try rules(#"{"verb": "get", "times": 1, "action": {"drop": true}}"#)
        #expect(throws: ProgramFailure.self) { try bench.send("GET", "\(Self.secrets)/a") }
        #expect(try bench.send("GET", "\(Self.secrets)/a").status == 200)
        try rules(#"{"verb": "list", "action": {"expire": true}}"#)
        let page = try bench.send("GET", "\(Self.secrets)?limit=1")
        let list = try JSONSerialization.jsonObject(with: page.body) as? [String: Any]
        let token = try #require((list?["metadata"] as? [String: Any])?["continue"] as? String)
        #expect(try bench.send("GET", "\(Self.secrets)?limit=1&continue=\(token)").status == 410)
        try FileManager.default.removeItem(at: file)
        #expect(try bench.send("GET", "\(Self.secrets)?limit=1&continue=\(token)").status == 200)
    }

    @Test("HTTP/1.1 and HTTP/2, the same answer")
    func protocols() throws {
        let bench = try Bench(.standIn, config: nil)
        try Self.create("a", on: bench)
        let answers = try ["--http1.1", "--http2"].map {
            try bench.send("GET", "\(Self.secrets)/a", version: $0).text
        }
        #expect(answers[0] == answers[1])
    }

    @Test("an older version, its flags and metrics")
    func olderVersion() throws {
        let bench = try Bench(
            .standIn, config: Configs.first, environment: ["STANDIN_VERSION": "v1.25.16"])
        #expect(try bench.send("GET", "/version").text.contains("\"gitVersion\":\"v1.25.16\""))
        #expect(try !bench.send("GET", "/metrics").text.contains("encryption_config_controller"))
    }
}

/// What went wrong on other threads.
private final class Failures: @unchecked Sendable {
    // Every access holds the lock.
    private let lock = NSLock()
    private var texts: [String] = []
    func add(_ text: String) { lock.withLock { texts.append(text) } }
    var all: [String] { lock.withLock { texts } }
}
