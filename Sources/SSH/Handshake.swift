internal import Basics
internal import CLibSSH2
internal import Foundation

/// Agrees on keys with the server and verifies who it is.
enum Handshake {
    /// What we offer, best first, without what is known to be weak and libssh2 would still take
    /// (SHA-1 and MD5 MACs, CBC, RC4, 1024-bit groups).
    private static let preferences: [(method: Int32, names: String)] = [
        (
            LIBSSH2_METHOD_KEX,
            "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
                + "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
                + "diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256"
        ),
        (LIBSSH2_METHOD_CRYPT_CS, "aes256-ctr,aes192-ctr,aes128-ctr"),
        (LIBSSH2_METHOD_CRYPT_SC, "aes256-ctr,aes192-ctr,aes128-ctr"),
        (LIBSSH2_METHOD_MAC_CS, "hmac-sha2-256,hmac-sha2-512"),
        (LIBSSH2_METHOD_MAC_SC, "hmac-sha2-256,hmac-sha2-512"),
    ]

    /// - Throws: `Fault`; nothing but the key exchange has been sent then.
    static func perform(_ phase: ConnectPhase, _ session: Session) throws {
        let knownHosts = try KnownHosts(reading: phase.configuration.hostKeys.files)
        let name = KnownHostName(host: phase.target.host, port: phase.target.port)
        let known = knownHosts.entries(for: name, matchesHash: { HashedHost.matches($0, $1) })
        for (method, names) in preferences {
            try prefer(method, names, session)
        }
        let algorithms = HostKeyAlgorithm.ordered(preferring: known.map(\.keyType))
        let offered = algorithms.map(\.rawValue).joined(separator: ",")
        try prefer(LIBSSH2_METHOD_HOSTKEY, offered, session)
        let code = try phase.complete("the keys were exchanged", in: session) {
            libssh2_session_handshake(session.handle, session.wire.descriptor)
        }
        guard code == 0 else { throw failure(code, phase, session) }
        let key = try hostKey(of: session, phase)
        try HostKeyCheck(phase: phase, name: name, known: known).judge(key)
    }

    private static func prefer(_ method: Int32, _ names: String, _ session: Session) throws {
        // libssh2 leaves out what its crypto library lacks, and fails when nothing is left.
        guard libssh2_session_method_pref(session.handle, method, names) == 0 else {
            throw Fault(.failed, "this libssh2 supports none of \(names)")
        }
    }

    private static func hostKey(of session: Session, _ phase: ConnectPhase) throws -> HostKey {
        var length = 0
        var type: Int32 = 0
        guard let bytes = libssh2_session_hostkey(session.handle, &length, &type),
            let hash = libssh2_hostkey_hash(session.handle, LIBSSH2_HOSTKEY_HASH_SHA256)
        else { throw Fault(.untrusted, "\(phase.target) showed no host key") }
        let blob = Array(UnsafeRawBufferPointer(start: bytes, count: length))
        let digest = Data(UnsafeRawBufferPointer(start: hash, count: 32))
        guard let key = HostKey(blob: blob, sha256: digest) else {
            throw Fault(.untrusted, "\(phase.target) showed a host key that can't be read")
        }
        return key
    }

    private static func failure(_ code: Int32, _ phase: ConnectPhase, _ session: Session) -> Fault {
        let target = phase.target
        let cause: String
        let disagreements = [
            LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_METHOD_NONE,
            LIBSSH2_ERROR_METHOD_NOT_SUPPORTED, LIBSSH2_ERROR_HOSTKEY_INIT,
            LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE,
        ]
        switch code {
        case _ where disagreements.contains(code) && session.wire.ending == nil:
            return Fault(
                .unreachable,
                "\(target): no common way to exchange keys was found (\(session.lastError))",
                hint: "Give the server an Ed25519 or ECDSA host key (`ssh-keygen -A` there makes "
                    + "them): libssh2 1.10 verifies RSA host keys only with SHA-1, which newer "
                    + "OpenSSH servers don't offer. If it has one, its sshd_config may allow only "
                    + "ciphers or MACs that libssh2 1.10 lacks: allow aes256-ctr and "
                    + "hmac-sha2-512, too.")
        case LIBSSH2_ERROR_BANNER_RECV, LIBSSH2_ERROR_BANNER_SEND:
            cause = "it doesn't speak SSH"
        default:
            cause = session.endingReason
        }
        return Fault(
            .unreachable, "\(target): the SSH connection could not be set up: \(cause)",
            hint: "Check that sshd listens on port \(target.port), and its log.")
    }
}

/// What libssh2 1.10 can verify, in the order in which it is asked for by default.
enum HostKeyAlgorithm: String, CaseIterable {
    case ed25519 = "ssh-ed25519"
    case ecdsa256 = "ecdsa-sha2-nistp256"
    case ecdsa384 = "ecdsa-sha2-nistp384"
    case ecdsa521 = "ecdsa-sha2-nistp521"
    /// Signed with SHA-1; last, and refused by OpenSSH 8.8 and later.
    case rsa = "ssh-rsa"

    /// Those of which a key is known come first: else the server would show another one, and it
    /// would look like a stranger.
    static func ordered(preferring known: [String]) -> [HostKeyAlgorithm] {
        allCases.filter { known.contains($0.rawValue) }
            + allCases.filter { !known.contains($0.rawValue) }
    }
}

/// A server's public key.
struct HostKey: Hashable {
    /// `ssh-ed25519` and so on, as the key itself says.
    let type: String
    let blob: [UInt8]
    /// As OpenSSH prints it: `SHA256:…`.
    let fingerprint: String

    init?(blob: [UInt8], sha256: Data) {
        var reader = WireReader(blob)
        guard let type = reader.string().flatMap({ String(validating: $0, as: UTF8.self) })
        else { return nil }
        self.type = type
        self.blob = blob
        let digest = sha256.base64EncodedString().prefix { $0 != "=" }
        fingerprint = "SHA256:\(digest)"
    }

    var base64: String { Data(blob).base64EncodedString() }
}
