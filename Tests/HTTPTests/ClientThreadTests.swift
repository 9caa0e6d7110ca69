import Foundation
import Testing

@testable import HTTP

/// Tasks that run on the client's own thread.
struct ClientThreadTests {
    private func client() throws -> HTTPClient {
        try HTTPClient(HTTPClientConfiguration(proxy: .none, connectTimeout: .seconds(30)))
    }

    private func threadName() -> String { Thread.current.name ?? "" }

    @Test("requests from the client's thread, many side by side, all answered and none elsewhere")
    func requests() async throws {
        let server = try ScriptedServer(["GET /a": { _, connection in connection.answer("yes") }])
        let client = try client()
        let names = try await withThrowingTaskGroup(of: String.self) { tasks in
            for _ in 0..<100 {
                tasks.addTask(executorPreference: client.executor) {
                    let response = try await client.send(HTTPRequest("GET", server.url("/a")))
                    return response.status == 200 ? threadName() : "no answer"
                }
            }
            return try await tasks.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(names == ["http"])
    }

    @Test("tasks without end on the client's thread, requests are answered all the same")
    func endless() async throws {
        let server = try ScriptedServer(["GET /a": { _, connection in connection.answer("yes") }])
        let client = try client()
        let yielding = Task(executorPreference: client.executor) {
            while !Task.isCancelled { await Task.yield() }
        }
        let response = try await client.send(HTTPRequest("GET", server.url("/a")), limit: 1 << 20)
        yielding.cancel()
        #expect(response.status == 200)
    }

    @Test("a task sleeps and wakes on the client's thread while nothing else is to do")
    func sleep() async throws {
        let client = try client()
        let name = try await withTaskExecutorPreference(client.executor) {
            try await Task.sleep(for: .milliseconds(20))
            return threadName()
        }
        #expect(name == "http")
    }

    @Test("shut down, tasks that prefer its thread still run, elsewhere, and are told")
    func shutDown() async throws {
        let client = try client()
        await client.shutdown()
        let (name, status) = await withTaskExecutorPreference(client.executor) {
            let answer = try? await client.send(HTTPRequest("GET", "http://127.0.0.1:1/"))
            return (threadName(), answer?.status)
        }
        #expect(name != "http")
        #expect(status == nil)
    }

    @Test("shut down by a task on its thread, that task goes on")
    func shutDownByItself() async throws {
        let client = try client()
        let name = await withTaskExecutorPreference(client.executor) {
            await client.shutdown()
            return threadName()
        }
        #expect(name != "http")
    }
}
