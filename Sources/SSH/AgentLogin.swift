internal import Basics
internal import CLibSSH2
internal import Glibc

/// Logs in with the keys of an agent.
///
/// Not through libssh2's own agent functions: they wait for the agent without end, and they make it
/// sign with SHA-1 for RSA keys.
struct AgentLogin {
    private let phase: ConnectPhase
    private let session: Session

    init(_ phase: ConnectPhase, _ session: Session) {
        self.phase = phase
        self.session = session
    }

    /// - Returns: what was tried in vain; nothing when logged in.
    func attempt(_ path: String) throws -> [Authentication.Attempt] {
        let agent: AgentClient
        let identities: [AgentClient.Identity]
        do {
            agent = try AgentClient(path: path, phase: phase)
            identities = try agent.identities()
        } catch let fault as Fault {
            return [.init(origin: "agent \(path)", reason: fault.message, hint: fault.hint)]
        }
        guard !identities.isEmpty else {
            let hint = "Add one with `ssh-add`."
            return [.init(origin: "agent \(path)", reason: "it holds no keys", hint: hint)]
        }
        var failures: [Authentication.Attempt] = []
        for identity in identities {
            guard let failure = try attempt(identity, of: agent) else { return [] }
            failures.append(failure)
            if session.wire.ending != nil || session.wire.farewell != nil { break }
        }
        return failures
    }

    private func attempt(
        _ identity: AgentClient.Identity, of agent: AgentClient
    ) throws -> Authentication.Attempt? {
        let origin = "agent's \(identity.algorithm) key «\(printable(identity.comment))»"
        guard let scheme = SignatureScheme(algorithm: identity.algorithm) else {
            return .init(origin: origin, reason: "libssh2 1.10 can't use this kind")
        }
        let signing = Signing(agent: agent, identity: identity, scheme: scheme)
        let user = phase.target.user
        let blob = scheme.presented(identity.blob)
        var context: UnsafeMutableRawPointer? = Unmanaged.passUnretained(signing).toOpaque()
        let code = try withExtendedLifetime(signing) {
            // The context's address is passed on to the callback, so it must stay where it is.
            try withUnsafeMutablePointer(to: &context) { context in
                try phase.complete("logging in with the \(origin)", in: session) {
                    libssh2_userauth_publickey(
                        session.handle, user, blob, blob.count, signWithAgent, context)
                }
            }
        }
        if let error = signing.error {
            if error is CancellationError { throw error }
            return .init(origin: origin, reason: Fault(error).message)
        }
        if code == 0 { return nil }
        let reason =
            code == LIBSSH2_ERROR_AUTHENTICATION_FAILED ? "refused" : session.endingReason
        return .init(origin: origin, reason: reason)
    }
}

/// How a kind of key is presented and signs.
struct SignatureScheme {
    /// Flags of the agent protocol: 2 asks for RSA with SHA-256.
    let flags: UInt32
    /// The algorithm's name where it isn't the key's own.
    private let presentedName: String?

    init?(algorithm: String) {
        switch algorithm {
        case "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521":
            flags = 0
            presentedName = nil
        case "ssh-rsa":
            flags = 2
            presentedName = "rsa-sha2-256"
        default:
            return nil
        }
    }

    /// The public key as libssh2 shall send it.
    ///
    /// libssh2 1.10 takes the signature's algorithm from the first field of the key, where RSA says
    /// `ssh-rsa`, which stands for SHA-1. With the name of the algorithm there instead, OpenSSH
    /// reads the same RSA key (its sshkey_type_from_name knows both) and accepts the signature.
    func presented(_ blob: [UInt8]) -> [UInt8] {
        guard let presentedName else { return blob }
        var reader = WireReader(blob)
        guard let name = reader.string() else { return blob }
        var writer = WireWriter()
        writer.string(Array(presentedName.utf8))
        return writer.bytes + blob.dropFirst(4 + name.count)
    }
}

/// What the callback needs and what it leaves.
private final class Signing {
    let agent: AgentClient
    let identity: AgentClient.Identity
    let scheme: SignatureScheme
    var error: (any Error)?

    init(agent: AgentClient, identity: AgentClient.Identity, scheme: SignatureScheme) {
        self.agent = agent
        self.identity = identity
        self.scheme = scheme
    }

    func sign(_ data: [UInt8]) -> [UInt8]? {
        do {
            return try agent.sign(data, with: identity, flags: scheme.flags)
        } catch {
            self.error = error
            return nil
        }
    }
}

private let signWithAgent:
    @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
        UnsafeMutablePointer<Int>?, UnsafePointer<UInt8>?, Int, Context
    ) -> Int32 = { _, signature, length, data, count, context in
        guard let signing = context?.pointee, let signature, let length else { return -1 }
        let bytes = Array(UnsafeBufferPointer(start: data, count: count))
        let job = Unmanaged<Signing>.fromOpaque(signing).takeUnretainedValue()
        // libssh2 frees it through the session's own function, which is `free` in the end.
        guard let made = job.sign(bytes), let memory = calloc(1, max(made.count, 1)) else {
            return -1
        }
        memory.copyMemory(from: made, byteCount: made.count)
        signature.pointee = memory.assumingMemoryBound(to: UInt8.self)
        length.pointee = made.count
        return 0
    }
