import Basics
import Foundation
import JSON
import Testing

@testable import ControlPlane

extension DockerTests {
    @Suite struct DockerRuntimeTests {
        private static let hostLike = [
            "--cap-add", "NET_ADMIN", "--ulimit", "nofile=1000:2000", "--memory", "100m",
            "--log-opt", "max-size=10m", "--security-opt", "label=disable", "-e", "A=b=c",
            "--add-host", "x:127.0.0.1", "--shm-size", "32m", "--pid", "host", "--init",
        ]

        @Test(
            "argument added and removed, only it and ids and times differ in the inspections",
            arguments: [
                [], hostLike, ["--uts", "host", "--health-cmd", "true", "--tmpfs", "/scratch"],
                ["--network", "none", "--read-only", "--user", "0:0", "--workdir", "/opt"],
            ])
        func identical(options: [String]) async throws {
            let server = try await FakeServer(options: options)
            try Data("c".utf8).write(to: URL(filePath: server.hostConfigPath))
            let before = try await server.inspection()
            let runtime = server.runtime()
            let restart = try await runtime.apply(
                .set(path: FakeServer.configPath), server.readiness)
            let after = try await server.inspection()
            #expect(server.serving == "c")
            #expect(restart.identity == after.id && restart.identity != before.id)
            #expect(restart.startedAt == after.startedAt)
            #expect(
                after.arguments
                    == before.arguments.settingProviderConfig(FakeServer.configPath))
            try Self.expectSame(before, after)
            #expect(try await server.containers() == [server.name])

            _ = try await runtime.apply(.remove, server.readiness)
            let last = try await server.inspection()
            #expect(last.arguments == before.arguments)
            try Self.expectSame(before, last)
            #expect(server.serving == "none")
        }

        /// Field by field, by other means than the program's own comparison.
        private static func expectSame(
            _ old: ContainerInspection, _ new: ContainerInspection
        ) throws {
            let (old, new) = (flat(old.json), flat(new.json))
            let differing = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
            let allowed = [
                "/Id", "/Created", "/State/", "/ResolvConfPath", "/HostnamePath", "/HostsPath",
                "/LogPath", "/GraphDriver/", "/Args/", "/Config/Cmd/", "/NetworkSettings/",
                "/HostConfig/Binds/",
            ]
            let wrong = differing.filter { path in
                if path == "/Config/Hostname" {
                    // Made up of the id where the container has a network of its own.
                    return old[path].map { old["/Id"]?.hasPrefix($0.dropLast()) != true } ?? true
                }
                return !allowed.contains { path.hasPrefix($0) }
            }
            #expect(wrong.isEmpty, "\(wrong.map { "\($0): \(old[$0] ?? "-") \(new[$0] ?? "-")" })")
        }

        private static func flat(_ json: JSONValue, _ path: String = "") -> [String: String] {
            switch json {
            case .object(let object):
                object.members.reduce(into: [:]) {
                    $0.merge(flat($1.value, "\(path)/\($1.name)")) { $1 }
                }
            case .array(let elements) where path == "/Mounts":
                elements.reduce(into: [:]) {
                    $0.merge(flat($1, "\(path)/\($1["Destination"]?.text ?? "")")) { $1 }
                }
            case .array(let elements):
                elements.enumerated().reduce(into: [:]) {
                    $0.merge(flat($1.element, "\(path)/\($1.offset)")) { $1 }
                }
            case .string(let text): [path: text]
            case .null: [:]
            default: [path: String(decoding: json.bytes, as: UTF8.self)]
            }
        }

        @Test("the argument is right already, the same container is only restarted")
        func restarted() async throws {
            let server = try await FakeServer()
            let before = try await server.inspection()
            let restart = try await server.runtime().apply(.remove, server.readiness)
            let after = try await server.inspection()
            #expect(after.id == before.id && restart.identity == before.id)
            #expect(try #require(after.startedAt) > (try #require(before.startedAt)))
        }

        @Test("a server that ends again and again, the former one put back and the log line told")
        func putBack() async throws {
            let server = try await FakeServer()
            let secret = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
            try Data("BAD \(secret)".utf8).write(to: URL(filePath: server.hostConfigPath))
            let before = try await server.inspection()
            let failure = await #expect(throws: RestartFailure.self) {
                _ = try await server.runtime().apply(
                    .set(path: FakeServer.configPath), server.readiness(within: .seconds(90)))
            }
            let reason = try #require(failure?.reason)
            #expect(reason.contains("keeps ending"))
            #expect(reason.contains("Error: bad provider"))
            #expect(!reason.contains(secret.prefix(8)))
            guard case .formerServes = failure?.aftermath else {
                Issue.record("\(String(describing: failure))")
                return
            }
            let after = try await server.inspection()
            #expect(after.id == before.id && after.isRunning && server.serving == "none")
            #expect(after.restartPolicy == before.restartPolicy)
            #expect(try await server.containers() == [server.name])
        }

        @Test("a server that never gets ready, the former one put back when time is up")
        func neverReady() async throws {
            let server = try await FakeServer()
            try Data("HANG".utf8).write(to: URL(filePath: server.hostConfigPath))
            let before = try await server.inspection()
            let readiness = Readiness(timeout: .seconds(1), interval: .milliseconds(40)) {
                guard server.serving != nil else { throw Fault(.remote, "etcd isn't there") }
                return true
            }
            let failure = await #expect(throws: RestartFailure.self) {
                _ = try await server.runtime().apply(.set(path: FakeServer.configPath), readiness)
            }
            #expect(failure?.reason.contains("etcd isn't there") == true)
            #expect(try await server.inspection().id == before.id)
            #expect(server.serving == "none")
        }

        @Test("neither the changed nor the former server gets ready, told that it was put back")
        func neitherReady() async throws {
            let server = try await FakeServer()
            try Data("c".utf8).write(to: URL(filePath: server.hostConfigPath))
            let before = try await server.inspection()
            let never = Readiness(timeout: .milliseconds(200), interval: .milliseconds(40)) {
                false
            }
            let failure = await #expect(throws: RestartFailure.self) {
                _ = try await server.runtime().apply(.set(path: FakeServer.configPath), never)
            }
            guard case .formerIsDown = failure?.aftermath else {
                Issue.record("\(String(describing: failure))")
                return
            }
            let fault = failure?.fault(doing: "x", .docker)
            #expect(fault?.message.contains("was put back, but the server isn't serving") == true)
            #expect(try await server.inspection().id == before.id)
        }

        @Test("a server that we don't trust, not waited for as long as for one that starts")
        func untrusted() async throws {
            let server = try await FakeServer()
            try Data("c".utf8).write(to: URL(filePath: server.hostConfigPath))
            let readiness = Readiness(
                timeout: .seconds(60), refusalTimeout: .milliseconds(300),
                interval: .milliseconds(40)
            ) { throw Fault(.untrusted, "its certificate is not yet valid") }
            let began = ContinuousClock.now
            let failure = await #expect(throws: RestartFailure.self) {
                _ = try await server.runtime().apply(.set(path: FakeServer.configPath), readiness)
            }
            #expect(
                failure?.reason.contains("not yet valid") == true, "\(String(describing: failure))")
            guard case .formerIsDown = failure?.aftermath else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(.now - began < .seconds(50))
        }

        @Test("what can't be made anew, refused with nothing touched")
        func refused() async throws {
            let engine = try #require(DockerDaemon.current).engine
            let sidekick = try await engine.create(
                "a-sidekick", ["Image": .string(DockerDaemon.image), "Cmd": ["true"]])
            let server = try await FakeServer(sidekick: "a-sidekick")
            let before = try await server.inspection()
            try await engine.remove(sidekick)
            let fault = await #expect(throws: Fault.self) {
                _ = try await server.runtime().apply(.set(path: "/x"), server.readiness)
            }
            #expect(fault?.code == .refused)
            #expect(fault?.message.contains("a-sidekick") == true)
            let after = try await server.inspection()
            #expect(after.id == before.id && after.startedAt == before.startedAt)
            #expect(try await server.containers() == [server.name])
        }

        @Test("no such container, not found")
        func notFound() async throws {
            let server = try await FakeServer()
            try await server.daemon.engine.remove(server.name)
            let fault = await #expect(throws: Fault.self) {
                _ = try await server.runtime().inspect()
            }
            #expect(fault?.code == .notFound)
        }
    }
}
