import Basics
import Foundation
import Testing

@testable import SSH

@Suite struct HostKeyTests {
    @Test("host unknown, refused with its fingerprint and before any login")
    func unknown() async throws {
        let server = try await Server.start()
        let failure = await fault {
            _ = try await SSHConnection.connect(
                server.target, configuration: server.configuration(knownHosts: "# nothing\n"))
        }
        let printed = try await shell("ssh-keygen", "-lf", server.folder.file("host_ed25519.pub"))
        let fingerprint = try #require(printed.split(separator: " ").dropFirst().first)
        #expect(failure?.code == .untrusted)
        #expect(failure?.message.contains(fingerprint) == true)
        #expect(failure?.hint?.contains("--accept-new-host-keys") == true)
        #expect(try !server.folder.read("log").contains("userauth"))
    }

    @Test("host key changed, refused with the line and nothing sent")
    func changed() async throws {
        let server = try await Server.start()
        try await server.folder.makeKey("other", "-t", "ed25519")
        let other = try server.folder.read("other.pub").split(separator: " ")
        let lines = "# one\n[127.0.0.1]:\(server.port) \(other[0]) \(other[1])\n"
        for accepting in [false, true] {
            let failure = await fault {
                _ = try await SSHConnection.connect(
                    server.target,
                    configuration: server.configuration(knownHosts: lines, accepting: accepting))
            }
            #expect(failure?.code == .untrusted)
            #expect(failure?.message.contains("CHANGED") == true)
            #expect(failure?.place?.line == 2)
            #expect(failure?.hint?.contains("-R '[127.0.0.1]:\(server.port)'") == true)
        }
        #expect(try !server.folder.read("log").contains("userauth"))
        #expect(!FileManager.default.fileExists(atPath: server.folder.file("learned")))
    }

    @Test("name hashed by ssh-keygen, found")
    func hashed() async throws {
        let server = try await Server.start()
        try server.folder.write(
            "other.example ssh-ed25519 AAAA\n" + server.knownHostsLine(), to: "hashed")
        try await shell("ssh-keygen", "-H", "-f", server.folder.file("hashed"))
        let lines = try server.folder.read("hashed")
        #expect(lines.contains("|1|"))
        let connection = try await SSHConnection.connect(
            server.target, configuration: server.configuration(knownHosts: lines))
        #expect(try await connection.run("true").succeeded)
    }

    @Test("server on another port known by its plain name only, found")
    func plainName() async throws {
        let server = try await Server.start()
        let connection = try await SSHConnection.connect(
            server.target,
            configuration: server.configuration(
                knownHosts: server.knownHostsLine(name: "node,127.0.0.*")))
        #expect(try await connection.run("true").succeeded)
    }

    @Test("ECDSA key known of a server that has Ed25519 too, asked for and trusted")
    func preference() async throws {
        let server = try await Server.start(hostKeys: ["ed25519", "ecdsa"])
        let connection = try await SSHConnection.connect(
            server.target,
            configuration: server.configuration(knownHosts: server.knownHostsLine("ecdsa")))
        #expect(try await connection.run("true").succeeded)
    }

    @Test("only a key of another type known, refused even where new hosts are accepted")
    func otherType() async throws {
        let server = try await Server.start(hostKeys: ["ed25519"])
        try await server.folder.makeKey("host_rsa", "-t", "rsa")
        let failure = await fault {
            _ = try await SSHConnection.connect(
                server.target,
                configuration: server.configuration(
                    knownHosts: server.knownHostsLine("rsa"), accepting: true))
        }
        #expect(failure?.code == .untrusted)
        #expect(failure?.message.contains("only ssh-rsa is known") == true)
    }

    @Test("revoked key, refused")
    func revoked() async throws {
        let server = try await Server.start()
        let line = try server.knownHostsLine()
        let failure = await fault {
            _ = try await SSHConnection.connect(
                server.target,
                configuration: server.configuration(knownHosts: line + "@revoked " + line))
        }
        #expect(failure?.code == .untrusted)
        #expect(failure?.message.contains("revoked") == true)
    }

    @Test("new host accepted, learned as ssh itself reads it and strict from then on")
    func acceptNew() async throws {
        let server = try await Server.start()
        try server.folder.write("old.example ssh-ed25519 AAAA", to: "learned")
        let configuration = try server.configuration(knownHosts: "", accepting: true)
        let connection = try await SSHConnection.connect(
            server.target, configuration: configuration)
        await connection.close()
        let name = "[127.0.0.1]:\(server.port)"
        let found = try await shell("ssh-keygen", "-F", name, "-f", server.folder.file("learned"))
        #expect(found.contains("line 2"))
        let strict = try server.configuration(knownHosts: server.folder.read("learned"))
        #expect(
            try await SSHConnection.connect(server.target, configuration: strict).run("true")
                .succeeded)
    }

    @Test("file of learned keys absent, made for its owner alone")
    func learnedFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("new/.ssh/known_hosts")
        try KnownHostsFile(path: path).append("a ssh-ed25519 AAAA")
        try KnownHostsFile(path: path).append("b ssh-ed25519 AAAA")
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let lines = "a ssh-ed25519 AAAA\nb ssh-ed25519 AAAA\n"
        #expect(try folder.read("new/.ssh/known_hosts") == lines)
    }

    @Test("files of known hosts absent, host unknown rather than a failure")
    func noFiles() async throws {
        #expect(try KnownHosts(reading: ["/nowhere/known_hosts"]).entries.isEmpty)
        #expect(throws: Fault.self) { try KnownHosts(reading: ["/tmp"]) }
    }

    @Test("file of learned keys not writable, refused before the login")
    func unwritable() async throws {
        let server = try await Server.start()
        let policy = SSHHostKeyPolicy(
            files: [], unknownHosts: .accept(appendingTo: "/proc/nowhere/known_hosts"))
        let failure = await fault {
            _ = try await SSHConnection.connect(
                server.target,
                configuration: SSHConfiguration(credentials: [server.key()], hostKeys: policy))
        }
        #expect(failure?.message.contains("could not be written") == true)
        #expect(try !server.folder.read("log").contains("userauth"))
    }

    @Test("server with only an RSA host key, told why and what to do")
    func rsaHostKey() async throws {
        let server = try await Server.start(hostKeys: ["rsa"])
        let failure = await fault {
            _ = try await SSHConnection.connect(
                server.target,
                configuration: server.configuration(knownHosts: server.knownHostsLine("rsa")))
        }
        #expect(failure?.code == .unreachable)
        #expect(failure?.hint?.contains("SHA-1") == true)
    }

    @Test(
        "patterns of known_hosts, matched as OpenSSH does",
        arguments: [
            ("node1", "node1", true), ("node1", "node10", false), ("node*", "node10", true),
            ("node?", "node1", true), ("node?", "node", false), ("*,!node1", "node1", false),
            ("*,!node1", "node2", true), ("!node1", "node2", false), ("NODE1", "node1", true),
            ("[node1]:2222", "[node1]:2222", true), ("a,b,c", "b", true), ("**b*", "aab", true),
            ("10.0.*.1", "10.0.20.1", true), ("", "node1", false),
        ])
    func patterns(_ hosts: String, _ name: String, _ matches: Bool) throws {
        let blob = Data([0, 0, 0, 3] + Array("abc".utf8)).base64EncodedString()
        let line = "\(hosts) abc \(blob) comment"
        let entry = KnownHostEntry(line: line[...], place: .init(file: "f"))
        #expect((entry?.matches(name) ?? false) == matches)
    }

    @Test(
        "lines that tell no key, overlooked",
        arguments: [
            "", "   ", "# comment", "node1", "node1 ssh-ed25519", "node1 ssh-ed25519 ====",
            "@cert-authority * ssh-ed25519 AAAA", "@what node1 ssh-ed25519 AAAA",
            "node1 ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQAB", "\u{0}\u{0}\u{0} x y",
        ])
    func nonsense(_ line: String) {
        #expect(KnownHostEntry(line: line[...], place: .init(file: "f")) == nil)
    }

    @Test("random text as known_hosts, read without a trap and without an entry")
    func randomText() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let hosts = KnownHosts(String(decoding: bytes, as: UTF8.self), file: "f")
            #expect(hosts.entries.isEmpty)
        }
    }
}
