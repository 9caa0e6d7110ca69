import Basics
import Foundation
import Testing

@testable import ControlPlane

extension DockerTests {
    /// The program killed at each request that changes something, on the way there and back: the
    /// Engine did it, nobody heard of it. (Killed before it is the same as after the one before.)
    @Suite struct InterruptionTests {
        /// Create, restart policy, stop, two renames, start, rename, remove.
        private static let stepsForward = 8

        @Test(
            "killed at any step of a replacement, the next run ends with one server that is right",
            arguments: 0..<stepsForward)
        func forward(step: Int) async throws {
            let server = try await FakeServer()
            try Data("c".utf8).write(to: URL(filePath: server.hostConfigPath))
            let before = try await server.inspection()
            let dead = try await server.runtime { engine in
                DyingEngine(engine, lifetime: step)
            }
            let outcome = await Result {
                try await dead.apply(.set(path: FakeServer.configPath), server.readiness)
            }
            // A leftover that failed to be removed is no failure; the next run removes it.
            #expect((try? outcome.get()) == nil || step == Self.stepsForward - 1)
            try await Self.expectRecovery(of: server, from: before)
        }

        @Test(
            "killed at any step of the way back, the next run ends with one server that is right",
            arguments: 6..<12)
        func back(step: Int) async throws {
            let server = try await FakeServer()
            // Stopping one that keeps ending isn't like stopping one that runs.
            let (config, timeout) =
                step == 6 ? ("BAD", Duration.seconds(5)) : ("HANG", .milliseconds(300))
            try Data(config.utf8).write(to: URL(filePath: server.hostConfigPath))
            let before = try await server.inspection()
            let dead = try await server.runtime { engine in
                DyingEngine(engine, lifetime: step)
            }
            await #expect(throws: RestartFailure.self) {
                _ = try await dead.apply(
                    .set(path: FakeServer.configPath), server.readiness(within: timeout))
            }
            try Data("c".utf8).write(to: URL(filePath: server.hostConfigPath))
            let begin = ContinuousClock.now
            try await Self.expectRecovery(of: server, from: before)
            // A server that was stopped isn't waited for.
            #expect(ContinuousClock.now - begin < .seconds(60))
        }

        private static func expectRecovery(
            of server: FakeServer, from before: ContainerInspection
        ) async throws {
            let runtime = server.runtime()
            // Looking works in every state and changes nothing.
            let names = try await server.containers()
            let seen = try await runtime.inspect()
            #expect(seen.etcdServers == ["https://127.0.0.1:2379"])
            #expect(try await server.containers() == names)

            try await runtime.settle(server.readiness(within: .seconds(90)))
            // Where nothing was left to settle, the server may have been started a moment ago.
            try await server.untilServing()
            let settled = try await server.inspection()
            #expect(settled.isRunning && server.serving != nil)
            #expect(settled.restartPolicy == before.restartPolicy)
            #expect(try await server.containers() == [server.name])
            let wanted = before.arguments.settingProviderConfig(FakeServer.configPath)
            #expect(
                settled.id == before.id && settled.arguments == before.arguments
                    || settled.arguments == wanted)

            _ = try await runtime.apply(.set(path: FakeServer.configPath), server.readiness)
            let after = try await server.inspection()
            #expect(server.serving == "c")
            #expect(
                ContainerComparison.differences(before, after, arguments: wanted) == [])
            #expect(try await server.containers() == [server.name])
        }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
