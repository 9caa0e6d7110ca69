import Basics
import Foundation
import SSH
import TestSupport
import Testing

@Suite struct LoginTests {
    private func attempt(_ server: Server, _ credentials: [SSHCredential]) async -> Fault? {
        await fault {
            let connection = try await SSHConnection.connect(
                server.target, configuration: server.configuration(credentials: credentials))
            let result = try await connection.run("echo in")
            guard result.output.exposedText() == "in\n" else { throw Fault(.failed, "no output") }
            await connection.close()
        }
    }

    /// A key that the server accepts.
    private func authorize(_ server: Server, _ name: String) throws {
        let keys = try server.folder.read("authorized_keys") + server.folder.read("\(name).pub")
        try server.folder.write(keys, to: "authorized_keys")
    }

    @Test(
        "keys of each kind and format that libssh2 can use, logged in",
        arguments: [
            ["-t", "ed25519"], ["-t", "ecdsa", "-b", "256"], ["-t", "ecdsa", "-b", "384"],
            ["-t", "ecdsa", "-b", "521"], ["-t", "ecdsa", "-m", "PEM"],
            ["-t", "ecdsa", "-m", "PKCS8"],
        ])
    func kinds(_ options: [String]) async throws {
        let server = try await Server.start()
        for passphrase in ["", "correct horse"] {
            let name = passphrase.isEmpty ? "plain" : "locked"
            let arguments =
                ["ssh-keygen", "-q", "-N", passphrase, "-f", server.folder.file(name)] + options
            #expect(try await SpawnedProcess(arguments).ended() == 0)
            try authorize(server, name)
            let key = try server.key(name, passphrase: passphrase.isEmpty ? nil : passphrase)
            #expect(await attempt(server, [key]) == nil, "\(options) \(passphrase)")
        }
    }

    @Test("key that the server doesn't know, refused by name with what is accepted")
    func wrongKey() async throws {
        let server = try await Server.start()
        try await server.folder.makeKey("stranger", "-t", "ed25519")
        let failure = await attempt(server, [try server.key("stranger")])
        #expect(failure?.code == .unauthenticated)
        #expect(failure?.message.contains(server.folder.file("stranger")) == true)
        #expect(failure?.message.contains("It accepts: publickey") == true)
    }

    @Test("second of three keys is right, logged in")
    func several() async throws {
        let server = try await Server.start()
        try await server.folder.makeKey("stranger", "-t", "ed25519")
        let keys = [try server.key("stranger"), try server.key(), try server.key("stranger")]
        #expect(await attempt(server, keys) == nil)
    }

    @Test("no key at all, told so")
    func noKey() async throws {
        let failure = await attempt(try await Server.start(), [])
        #expect(failure?.code == .unauthenticated)
        #expect(failure?.message.contains("no key to log in with") == true)
    }

    @Test(
        "passphrase missing or wrong, told apart",
        arguments: [
            ["-t", "ed25519"], ["-t", "ecdsa", "-m", "PEM"], ["-t", "ecdsa", "-m", "PKCS8"],
        ])
    func passphrase(_ options: [String]) async throws {
        let server = try await Server.start()
        let arguments = ["ssh-keygen", "-q", "-N", "right one", "-f", server.folder.file("locked")]
        #expect(try await SpawnedProcess(arguments + options).ended() == 0)
        try authorize(server, "locked")
        let missing = await attempt(server, [try server.key("locked")])
        #expect(missing?.message.contains("no passphrase was given") == true)
        let wrong = await attempt(server, [try server.key("locked", passphrase: "wrong one")])
        #expect(wrong?.code == .unauthenticated)
        #expect(wrong?.message.contains("passphrase is wrong") == true)
    }

    @Test("RSA key file, refused by name of the reason and with what to do")
    func rsaKey() async throws {
        let server = try await Server.start()
        try await server.folder.makeKey("rsa", "-t", "rsa")
        try authorize(server, "rsa")
        let failure = await attempt(server, [try server.key("rsa")])
        #expect(failure?.code == .unauthenticated)
        #expect(failure?.message.contains("SHA-1") == true)
        #expect(failure?.hint?.contains("ssh-agent") == true)
        let lenient = try await Server.start(settings: ["PubkeyAcceptedAlgorithms +ssh-rsa"])
        try await lenient.folder.makeKey("rsa", "-t", "rsa")
        try authorize(lenient, "rsa")
        #expect(await attempt(lenient, [try lenient.key("rsa")]) == nil)
    }

    @Test(
        "files that aren't usable keys, told what they are",
        arguments: [
            ("", "empty"), ("PuTTY-User-Key-File-3: ssh-ed25519\n", "PuTTY"),
            ("ssh-ed25519 AAAA me\n", "public half"), ("hello\n", "isn't a private key"),
            ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", "RFC 4716"),
            ("-----BEGIN DSA PRIVATE KEY-----\n", "DSA"),
            ("-----BEGIN CERTIFICATE-----\n", "something else"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "damaged"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "can't use it"),
        ])
    func formats(_ contents: String, _ word: String) async throws {
        let server = try await Server.start()
        try server.folder.write(contents, to: "odd")
        let failure = await attempt(server, [try server.key("odd")])
        #expect(failure?.code == .unauthenticated)
        #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "none")")
    }

    @Test(
        "agent with keys of every kind, RSA by SHA-2 included, logged in",
        arguments: [
            ["-t", "ed25519"], ["-t", "ecdsa"], ["-t", "rsa"],
        ])
    func agent(_ options: [String]) async throws {
        let server = try await Server.start()
        let agent = try await Agent.start(server.folder)
        try await agent.add("stranger", ["-t", "ed25519"])
        try await agent.add("mine", options)
        try authorize(server, "mine")
        #expect(await attempt(server, [.agent(socketPath: agent.socket)]) == nil)
    }

    @Test("agent without keys, with strangers only, or absent, told apart")
    func uselessAgent() async throws {
        let server = try await Server.start()
        let agent = try await Agent.start(server.folder)
        let empty = await attempt(server, [.agent(socketPath: agent.socket)])
        #expect(empty?.message.contains("it holds no keys") == true)
        try await agent.add("stranger", ["-t", "ed25519"])
        let strange = await attempt(server, [.agent(socketPath: agent.socket)])
        #expect(strange?.message.contains("«stranger»") == true)
        let absent = await attempt(server, [.agent(socketPath: server.folder.file("nothing"))])
        #expect(absent?.message.contains("can't be reached") == true)
        #expect(await attempt(server, [.agent(socketPath: "/nowhere"), try server.key()]) == nil)
    }

    @Test("agent with more keys than the server lets try, told in the server's words")
    func tooManyKeys() async throws {
        let server = try await Server.start(settings: ["MaxAuthTries 2"])
        let agent = try await Agent.start(server.folder)
        for index in 0..<4 { try await agent.add("stranger\(index)", ["-t", "ed25519"]) }
        let failure = await attempt(server, [.agent(socketPath: agent.socket)])
        #expect(failure?.code == .unauthenticated)
        #expect(failure?.message.contains("Too many authentication failures") == true)
    }

    @Test("agent that never answers, given up in time")
    func silentAgent() async throws {
        let server = try await Server.start()
        let path = server.folder.file("silent")
        let listener = try UnixListener(path)
        let failure = await fault {
            _ = try await SSHConnection.connect(
                server.target,
                configuration: server.configuration(
                    credentials: [.agent(socketPath: path)], timeout: .seconds(1)))
        }
        #expect(failure?.message.contains("the agent didn't answer") == true)
        withExtendedLifetime(listener) {}
    }

    @Test("certificate of an ECDSA key, logged in; of an Ed25519 key, told why not")
    func certificates() async throws {
        let server = try await Server.start(settings: [])
        try await server.folder.makeKey("ca", "-t", "ed25519")
        let ca = try server.folder.read("ca.pub")
        try server.folder.write("cert-authority \(ca)", to: "authorized_keys")
        for type in ["ecdsa", "ed25519"] {
            try await server.folder.makeKey(type, "-t", type)
            try await shell(
                "ssh-keygen", "-q", "-s", server.folder.file("ca"), "-I", "me", "-n", "root",
                server.folder.file("\(type).pub"))
            let key = SSHPrivateKey(
                contents: SecretBytes(copying: try server.folder.read(type).utf8),
                certificate: try server.folder.read("\(type)-cert.pub"), origin: type)
            let failure = await attempt(server, [.privateKey(key)])
            if type == "ecdsa" {
                #expect(failure == nil, "\(failure?.description ?? "")")
            } else {
                #expect(failure?.message.contains("certificates of ECDSA keys only") == true)
            }
        }
    }
}
