import Basics
import Crypto
import Foundation
import Testing

@testable import ControlPlane

extension DockerTests {
    @Suite struct ControlPlaneNodeTests {
        /// Root, and a user who is in the group of Docker's socket and nothing else.
        enum User: String, CaseIterable, Sendable {
            case root, docker

            var prefix: [String] {
                self == .root
                    ? [] : ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            }
        }

        private static func config(_ text: String) -> DesiredConfig {
            .present(SecretBytes(copying: Array(text.utf8)), path: FakeServer.configPath)
        }

        private static let absent = DesiredConfig.absent(path: FakeServer.configPath)

        @Test(
            "from nothing to a config, to another, to none; each time all of it or nothing to do",
            arguments: User.allCases)
        func wholeLife(user: User) async throws {
            let server = try await FakeServer()
            let node = try await server.node(as: user.prefix)
            #expect(try await node.observe().configFile == nil)

            for text in ["key one", "key two"] {
                let done = try await node.deploy(Self.config(text), server.readiness)
                guard case .restarted = done.change else { throw Fault(.failed, "no restart") }
                #expect(server.serving == text)
                #expect(done.configSHA256 == SHA256.digest(Array(text.utf8)).hex)
                #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
                let state = try await node.observe()
                #expect(state.isConfigLoaded())
                #expect(state.configFile?.sha256 == done.configSHA256)
                #expect(state.configFile?.permissions == .rootOnly)
                let again = try await node.deploy(Self.config(text), server.readiness)
                #expect(again.change == .none)
                #expect(again.process.identity == done.process.identity)
                #expect(again.process.startedAt == done.process.startedAt)
            }

            let gone = try await node.deploy(Self.absent, server.readiness)
            #expect(gone.configSHA256 == nil && gone.process.providerConfigPath == nil)
            #expect(server.serving == "none")
            #expect(try server.names(in: "etc/ssl") == [])
            #expect(try await node.deploy(Self.absent, server.readiness).change == .none)
            #expect(try await server.containers() == [server.name])
        }

        @Test(
            "a bad config after a good one, file and server are back as they were",
            arguments: User.allCases)
        func badAfterGood(user: User) async throws {
            let server = try await FakeServer()
            let node = try await server.node(as: user.prefix)
            _ = try await node.deploy(Self.config("good"), server.readiness)
            let before = try await server.inspection()
            let fault = await #expect(throws: Fault.self) {
                _ = try await node.deploy(Self.config("BAD one"), server.readiness)
            }
            #expect(fault?.node == "n1")
            #expect(fault?.message.contains("Error: bad provider") == true)
            #expect(fault?.message.contains("the former server is back and serves") == true)
            #expect(server.serving == "good")
            #expect(try await server.inspection().id == before.id)
            #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
            #expect(try await node.observe().isConfigLoaded())
        }

        @Test("a bad config on a server without one, no file is left and the server serves")
        func badAfterNone() async throws {
            let server = try await FakeServer()
            let node = try await server.node()
            await #expect(throws: Fault.self) {
                _ = try await node.deploy(Self.config("BAD one"), server.readiness)
            }
            #expect(server.serving == "none")
            #expect(try server.names(in: "etc/ssl") == [])
        }

        @Test("killed after a bad config was written, the next run goes back to the good one")
        func killedWithBadConfig() async throws {
            let server = try await FakeServer()
            let node = try await server.node()
            _ = try await node.deploy(Self.config("good"), server.readiness)
            // One request gets an answer: none. The restart reaches the Engine, then all is dead.
            let dead = try await server.node { DyingEngine($0, lifetime: 0) }
            await #expect(throws: Fault.self) {
                _ = try await dead.deploy(Self.config("BAD one"), server.readiness)
            }
            await #expect(throws: Fault.self) {
                _ = try await node.deploy(Self.config("BAD two"), server.readiness)
            }
            #expect(server.serving == "good")
            #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
        }

        @Test("killed before the former file was tidied away, that is done and nothing restarted")
        func killedBeforeTidying() async throws {
            let server = try await FakeServer()
            let node = try await server.node()
            _ = try await node.deploy(Self.config("good"), server.readiness)
            let before = try await server.inspection()
            let copy = "\(server.folder)/etc/ssl/.encryption.yaml.before-orchestrator"
            try Data("older".utf8).write(to: URL(filePath: copy))
            #expect(try await node.observe().hasLeftovers)
            #expect(try await node.deploy(Self.config("good"), server.readiness).change == .none)
            #expect(try await !node.observe().hasLeftovers)
            #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
            #expect(try await server.inspection().startedAt == before.startedAt)
        }

        @Test("killed before tidying, a later failure goes back to what serves, not behind it")
        func leftoverFromEarlier() async throws {
            let server = try await FakeServer()
            let node = try await server.node()
            _ = try await node.deploy(Self.config("first"), server.readiness)
            let dying = ControlPlaneNode(
                name: node.name, address: node.address,
                files: FilesWithoutRemoval(files: node.files), runtime: node.runtime)
            await #expect(throws: Fault.self) {
                _ = try await dying.deploy(Self.config("second"), server.readiness)
            }
            #expect(server.serving == "second")
            let state = try await node.observe()
            #expect(state.isConfigLoaded() && state.hasLeftovers)
            await #expect(throws: Fault.self) {
                _ = try await node.deploy(Self.config("BAD third"), server.readiness)
            }
            #expect(server.serving == "second")
            #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
        }

        @Test("a leftover beside a server that runs without, no failure brings it back")
        func leftoverOfNothing() async throws {
            let server = try await FakeServer()
            let node = try await server.node()
            let copy = "\(server.folder)/etc/ssl/.encryption.yaml.before-orchestrator"
            try Data("older".utf8).write(to: URL(filePath: copy))
            await #expect(throws: Fault.self) {
                _ = try await node.deploy(Self.config("BAD one"), server.readiness)
            }
            #expect(server.serving == "none")
            #expect(try server.names(in: "etc/ssl") == [])
        }

        @Test("the former server can't be put away, the changed one keeps its file")
        func notPutAway() async throws {
            let server = try await FakeServer()
            let refusing = try await server.node {
                RefusingEngine(
                    engine: $0, refused: "/rename?name=\(server.name)-orchestrator-retired")
            }
            let fault = await #expect(throws: Fault.self) {
                _ = try await refusing.deploy(Self.config("good"), server.readiness)
            }
            #expect(fault?.message.contains("the changed server is ready") == true)
            #expect(fault?.hint?.contains("docker ps -a") == true)
            #expect(server.serving == "good")
            #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
            let again = await #expect(throws: Fault.self) {
                _ = try await refusing.deploy(Self.config("good"), server.readiness)
            }
            #expect(again?.message.contains("the changed server is ready") == true)

            let before = try await server.inspection()
            let node = try await server.node()
            #expect(try await node.deploy(Self.config("good"), server.readiness).change == .none)
            #expect(try await server.inspection().startedAt == before.startedAt)
            #expect(try await server.containers() == [server.name])
        }

        @Test("the former server with a config can't be put away, that config stays")
        func notPutAwayWithConfig() async throws {
            let server = try await FakeServer()
            let node = try await server.node()
            _ = try await node.deploy(Self.config("good"), server.readiness)
            let refusing = try await server.node {
                RefusingEngine(
                    engine: $0, refused: "/rename?name=\(server.name)-orchestrator-retired")
            }
            await #expect(throws: Fault.self) {
                _ = try await refusing.deploy(Self.absent, server.readiness)
            }
            #expect(server.serving == "none")
            #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
            #expect(try await node.deploy(Self.absent, server.readiness).change == .fileRemoved)
            #expect(try server.names(in: "etc/ssl") == [])
            #expect(try await server.containers() == [server.name])
        }

        @Test("the former server can't be put back, that is told and the next run does it")
        func notPutBack() async throws {
            let server = try await FakeServer()
            let refusing = try await server.node {
                RefusingEngine(engine: $0, refused: "/rename?name=\(server.name)-orchestrator-next")
            }
            let fault = await #expect(throws: Fault.self) {
                _ = try await refusing.deploy(Self.config("BAD one"), server.readiness)
            }
            #expect(fault?.message.contains("Error: bad provider") == true)
            #expect(fault?.message.contains("could not be put back") == true)
            #expect(fault?.hint?.contains("docker ps -a") == true)
            // The changed server may yet read it.
            #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
            let again = await #expect(throws: Fault.self) {
                _ = try await refusing.deploy(
                    Self.config("good"), server.readiness(within: .milliseconds(300)))
            }
            #expect(again?.message.contains("put back after an interrupted run") == true)
            #expect(again?.hint?.contains("docker ps -a") == true)

            let node = try await server.node()
            _ = try await node.deploy(Self.config("good"), server.readiness(within: .seconds(3)))
            #expect(server.serving == "good")
            #expect(try server.names(in: "etc/ssl") == ["encryption.yaml"])
            #expect(try await server.containers() == [server.name])
        }

        @Test("etcd's credentials, read from where the server's arguments say")
        func etcdCredentials() async throws {
            let server = try await FakeServer(arguments: [
                "--etcd-cafile=/etc/kubernetes/ssl/ca.pem", "--etcd-keyfile",
                "/etc/kubernetes/ssl/key.pem", "--etcd-prefix=/kubernetes.io",
            ])
            let folder = "\(server.folder)/etc/ssl"
            try Data("ca".utf8).write(to: URL(filePath: "\(folder)/ca.pem"))
            try Data("key".utf8).write(to: URL(filePath: "\(folder)/key-2.pem"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/key.pem", withDestinationPath: "key-2.pem")
            let found = try await server.node(as: User.docker.prefix).etcdCredentials()
            #expect(found.endpoints == ["https://127.0.0.1:2379"])
            #expect(found.prefix == "/kubernetes.io")
            #expect(found.authorities?.exposedText() == "ca")
            #expect(found.key?.exposedText() == "key")
            #expect(found.certificate == nil)
        }

        @Test("a file changed behind the server's back, found and loaded anew")
        func changedFile() async throws {
            let server = try await FakeServer()
            let node = try await server.node()
            _ = try await node.deploy(Self.config("good"), server.readiness)
            try Data("other".utf8).write(to: URL(filePath: server.hostConfigPath))
            #expect(try await !node.observe().isConfigLoaded())
            _ = try await node.deploy(Self.config("good"), server.readiness)
            #expect(server.serving == "good")
        }

        @Test(
            "a file that is newer than the node's clock, loaded anew once and for all",
            arguments: User.allCases)
        func clockSetBack(user: User) async throws {
            let server = try await FakeServer()
            let node = try await server.node(as: user.prefix)
            _ = try await node.deploy(Self.config("good"), server.readiness)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: 3600)],
                ofItemAtPath: server.hostConfigPath)
            #expect(try await !node.observe().isConfigLoaded())
            _ = try await node.deploy(Self.config("good"), server.readiness)
            #expect(try await node.observe().isConfigLoaded())
            let again = try await node.deploy(Self.config("good"), server.readiness)
            #expect(again.change == .none)
        }

        @Test(
            "a path that the server doesn't share with the host, refused with nothing touched",
            arguments: User.allCases)
        func notMounted(user: User) async throws {
            let server = try await FakeServer()
            let before = try await server.inspection()
            let fault = await #expect(throws: Fault.self) {
                _ = try await server.node(as: user.prefix).deploy(
                    .present(SecretBytes(copying: [1]), path: "/nowhere/e.yaml"), server.readiness)
            }
            #expect(fault?.code == .refused)
            #expect(fault?.hint?.contains("/etc/kubernetes") == true)
            #expect(try await server.inspection().startedAt == before.startedAt)
        }

        @Test("cancelled in the middle, carried through to the end")
        func cancelled() async throws {
            let server = try await FakeServer()
            let node = try await server.node()
            let task = Task { try await node.deploy(Self.config("good"), server.readiness) }
            try await Task.sleep(for: .milliseconds(300))
            task.cancel()
            _ = try await task.value
            #expect(server.serving == "good")
        }

        @Test("neither root nor Docker, denied with what was tried and what to do")
        func noAccess() async throws {
            let server = try await FakeServer()
            let fault = await #expect(throws: Fault.self) {
                _ = try await server.node(
                    as: ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"])
            }
            #expect(fault?.code == .denied && fault?.node == "n1")
            #expect(fault?.message.contains("docker: ") == true)
            #expect(fault?.message.contains("sudo -n: ") == true)
            #expect(fault?.hint?.contains("usermod -aG docker") == true)
        }
    }
}
