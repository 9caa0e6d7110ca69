internal import Foundation
internal import LabKit

/// One client of the load: writes its own objects through one server (another one while that
/// doesn't answer) and reads everybody's through all.
struct LoadClient {
    typealias Instant = ContinuousClock.Instant

    let own: [LoadObject]
    /// One for each server, in the order of the nodes.
    let servers: [APIServerClient]
    /// The index of the server that it writes through.
    let home: Int
    let reader: LoadReader
    var random: SeededRandom
    /// How long it waits between two requests.
    let pace: Duration

    private var ledger: Ledger { reader.ledger }
    private var findings: Findings { reader.findings }
    /// When each server last failed to answer.
    private var failed: [Int: Instant] = [:]

    init(
        own: [LoadObject], servers: [APIServerClient], home: Int, reader: LoadReader,
        seed: UInt64, pace: Duration
    ) {
        self.own = own
        self.servers = servers
        self.home = home
        self.reader = reader
        self.pace = pace
        random = SeededRandom(seed: seed)
    }

    /// Runs until it's told to stop or something fails that no server has to do with.
    mutating func run(until stop: StopFlag) async throws {
        while !stop.isSet {
            try await step()
            try await Task.sleep(for: pace)
        }
    }

    private mutating func step() async throws {
        let object = pick(own)
        switch ledger.phase(of: object) {
        case .open: try await read(object)
        case .absent: try await write(object, .create)
        case .present:
            switch Int.random(in: 0..<100, using: &random) {
            case ..<20: try await write(object, .replace)
            case ..<30: try await write(object, .replaceIfUnchanged)
            case ..<45: try await write(object, .patch)
            case ..<55: try await write(object, .delete)
            case ..<90: try await read(pick(ledger.objects))
            default: try await list()
            }
        }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    // MARK: Reads

    private mutating func read(_ object: LoadObject, besides writer: Int? = nil) async throws {
        let server = anyServer(besides: writer)
        note(try await reader.get(object, through: servers[server]), of: server)
    }

    private mutating func list() async throws {
        let server = anyServer()
        let namespace = pick(LoadObject.namespaces)
        note(try await reader.list(namespace, through: servers[server]), of: server)
    }

    // MARK: Choosing servers

    /// Those that failed just now get a moment's rest, as balancers give it.
    private func isResting(_ server: Int) -> Bool {
        failed[server].map { ContinuousClock.now - $0 < .milliseconds(50) } ?? false
    }

    private mutating func anyServer(besides writer: Int? = nil) -> Int {
        let candidates = servers.indices.filter { $0 != writer && !isResting($0) }
        return candidates.isEmpty ? home : pick(candidates)
    }

    /// Its own server, unless that failed last; then the next one, until a read finds it there.
    private func writer() -> Int {
        servers.indices.map { (home + $0) % servers.count }.first { failed[$0] == nil } ?? home
    }

    private mutating func note(_ answered: Bool, of server: Int) {
        failed[server] = answered ? nil : .now
    }

    // MARK: Writes

    enum Write { case create, replace, replaceIfUnchanged, patch, delete }

    private mutating func write(_ object: LoadObject, _ write: Write) async throws {
        let server = writer()
        let client = servers[server]
        var version: String?
        if case .replaceIfUnchanged = write {
            (version, _) = try await reader.version(of: object, through: client)
            guard version != nil else { return }
        }
        let state = ledger.begin(object, present: write != .delete)
        let answer = try await send(
            write, object, state, resourceVersion: version, through: client)
        findings.count { $0.count(write) }
        note(judge(answer, write, object, state), of: server)
        // What was just written has to be there at once, through the others too.
        if Bool.random(using: &random) { try await read(object, besides: server) }
    }

    private func send(
        _ write: Write, _ object: LoadObject, _ state: Int, resourceVersion: String?,
        through client: APIServerClient
    ) async throws -> Answer {
        switch write {
        case .create:
            try await client.ask("POST", object.collection, body: object.manifest(in: state))
        case .replace, .replaceIfUnchanged:
            try await client.ask(
                "PUT", object.path,
                body: object.manifest(in: state, resourceVersion: resourceVersion))
        case .patch:
            try await client.ask(
                "PATCH", object.path, body: object.patch(to: state),
                contentType: "application/merge-patch+json")
        case .delete: try await client.ask("DELETE", object.path)
        }
    }

    /// - Returns: whether the server answered.
    private func judge(
        _ answer: Answer, _ write: Write, _ object: LoadObject, _ state: Int
    ) -> Bool {
        switch (answer.content, write) {
        case (.notice(let notice), _):
            findings.note(notice, answer)
            ledger.leaveOpen(object, state, until: answer.ended + Ledger.settling)
            return false
        case (.received(201, _), .create), (.received(200, _), _):
            ledger.acknowledge(object, state)
            findings.count { $0.answers += 1 }
        case (.received(409, _), .replaceIfUnchanged):
            ledger.leaveOpen(object, state, until: answer.ended)
            findings.count { $0.conflicts += 1 }
        case (.received(409, let body), .create), (.received(404, let body), .delete):
            let said = String(decoding: body.prefix(400), as: UTF8.self)
            findings.note(Notice(doneAlready: said), answer)
            ledger.leaveOpen(object, state, until: answer.ended)
        case (.received(let status, let body), _):
            reader.wrongStatus(status, body, answer)
            ledger.leaveOpen(object, state, until: answer.ended + Ledger.settling)
        }
        return true
    }
}

extension LoadCounts {
    fileprivate mutating func count(_ write: LoadClient.Write) {
        requests += 1
        switch write {
        case .create: creates += 1
        case .replace, .replaceIfUnchanged, .patch: updates += 1
        case .delete: deletes += 1
        }
    }
}
