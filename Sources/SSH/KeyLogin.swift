internal import Basics
internal import CLibSSH2

/// Logs in with a private key of our own.
struct KeyLogin {
    private let phase: ConnectPhase
    private let session: Session

    init(_ phase: ConnectPhase, _ session: Session) {
        self.phase = phase
        self.session = session
    }

    /// - Returns: what was tried in vain; nothing when logged in.
    func attempt(_ key: SSHPrivateKey) throws -> [Authentication.Attempt] {
        let algorithm: String?
        let isEncrypted: Bool
        switch PrivateKeyFormat(key.contents) {
        case .unreadable(let reason): return [.init(origin: key.origin, reason: reason)]
        case .privateKey(let name, let encrypted): (algorithm, isEncrypted) = (name, encrypted)
        }
        // Without a passphrase OpenSSL would ask for it at the terminal.
        if isEncrypted && (key.passphrase?.isEmpty ?? true) {
            return [
                .init(
                    origin: key.origin, reason: "it is encrypted and no passphrase was given",
                    hint: "Load the key into ssh-agent (`ssh-add`) and use --ssh-agent-auth, or "
                        + "give its passphrase.")
            ]
        }
        var failures: [Authentication.Attempt] = []
        if let certificate = key.certificate {
            guard let failure = try attempt(key, certificate: certificate) else { return [] }
            failures.append(failure)
            if session.wire.ending != nil { return failures }
        }
        let code = try present(key, publicKey: nil)
        if code == 0 { return [] }
        return failures + [explain(code, key, algorithm, isEncrypted)]
    }

    private func attempt(
        _ key: SSHPrivateKey, certificate: String
    ) throws -> Authentication.Attempt? {
        let origin = "certificate of \(key.origin)"
        let type = certificate.split(separator: " ").first.map(String.init) ?? ""
        guard type.hasSuffix("-cert-v01@openssh.com") else {
            return .init(origin: origin, reason: "it isn't an OpenSSH certificate")
        }
        guard type.hasPrefix("ecdsa-sha2-nistp") else {
            return .init(
                origin: origin,
                reason: "libssh2 1.10 can use certificates of ECDSA keys only, not \(type)",
                hint: "Have an ECDSA key certified (`ssh-keygen -t ecdsa`), or put the plain key "
                    + "into authorized_keys.")
        }
        let code = try present(key, publicKey: certificate)
        if code == 0 { return nil }
        return .init(
            origin: origin,
            reason: code == LIBSSH2_ERROR_AUTHENTICATION_FAILED
                ? "refused; it may have expired or not name this user" : session.lastError)
    }

    /// - Returns: libssh2's code; 0 when logged in.
    private func present(_ key: SSHPrivateKey, publicKey: String?) throws -> Int32 {
        let user = phase.target.user
        // libssh2 takes both for C strings, whatever lengths it is told.
        let terminator = SecretBytes(copying: [0])
        let contents = key.contents + terminator
        let passphrase = key.passphrase.map { $0 + terminator }
        return try contents.withUnsafeBytes { contents in
            try withBytes(of: passphrase) { passphrase in
                try phase.complete("logging in with \(key.origin)", in: session) {
                    libssh2_userauth_publickey_frommemory(
                        session.handle, user, user.utf8.count, publicKey,
                        publicKey?.utf8.count ?? 0,
                        contents.baseAddress?.assumingMemoryBound(to: CChar.self),
                        contents.count - 1, passphrase?.assumingMemoryBound(to: CChar.self))
                }
            }
        }
    }

    private func withBytes<Result>(
        of secret: SecretBytes?, _ body: (UnsafeRawPointer?) throws -> Result
    ) rethrows -> Result {
        guard let secret else { return try body(nil) }
        return try secret.withUnsafeBytes { try body($0.baseAddress) }
    }

    private func explain(
        _ code: Int32, _ key: SSHPrivateKey, _ algorithm: String?, _ isEncrypted: Bool
    ) -> Authentication.Attempt {
        if code == LIBSSH2_ERROR_AUTHENTICATION_FAILED {
            guard algorithm == "ssh-rsa" else {
                return .init(origin: key.origin, reason: "refused")
            }
            return .init(
                origin: key.origin,
                reason: "refused; it is an RSA key, with which libssh2 1.10 signs by SHA-1 only, "
                    + "and OpenSSH 8.8 and later don't accept that",
                hint: "Load the key into ssh-agent (`ssh-add`) and use --ssh-agent-auth, which "
                    + "signs with SHA-2; or use an Ed25519 key (`ssh-keygen -t ed25519`). Or set "
                    + "`PubkeyAcceptedAlgorithms +ssh-rsa` in the server's sshd_config.")
        }
        if session.wire.ending != nil {
            return .init(origin: key.origin, reason: session.endingReason)
        }
        if isEncrypted {
            return .init(
                origin: key.origin, reason: "its passphrase is wrong, or the file is damaged",
                hint: "Try it with `ssh-keygen -y -f KEY`.")
        }
        return .init(
            origin: key.origin, reason: "libssh2 can't use it: \(session.lastError)",
            hint: "Convert it with `ssh-keygen -p -f KEY`, or use an Ed25519 key.")
    }
}
