internal import Basics
internal import CLibSSH2

/// Proves to the server who we are.
enum Authentication {
    /// One key that was tried, and why it didn't do.
    struct Attempt: Hashable {
        let origin: String
        let reason: String
        var hint: String?
    }

    /// Tries the credentials in order until the server accepts one.
    ///
    /// - Throws: `Fault` `.unauthenticated`, naming every credential and what became of it.
    static func perform(_ phase: ConnectPhase, _ session: Session) throws {
        guard let accepted = try acceptedMethods(phase, session) else { return }
        guard accepted.split(separator: ",").contains("publickey") else {
            throw Fault(
                .unauthenticated,
                "\(phase.target): the server accepts no keys for this user, only: \(accepted)",
                hint: "Allow PubkeyAuthentication in its sshd_config.")
        }
        var attempts: [Attempt] = []
        for credential in phase.configuration.credentials {
            let result =
                switch credential {
                case .privateKey(let key): try KeyLogin(phase, session).attempt(key)
                case .agent(let path): try AgentLogin(phase, session).attempt(path)
                }
            if result.isEmpty { return }
            attempts += result
            if session.wire.ending != nil || session.wire.farewell != nil { break }
        }
        throw failure(phase, session, attempts, accepted)
    }

    /// - Returns: nil where the server wants no proof at all.
    private static func acceptedMethods(_ phase: ConnectPhase, _ session: Session) throws -> String?
    {
        let user = phase.target.user
        var methods: String?
        let code = try phase.complete("the login was begun", in: session) {
            if let list = libssh2_userauth_list(session.handle, user, UInt32(user.utf8.count)) {
                methods = printable(String(cString: list))
                return 0
            }
            if libssh2_userauth_authenticated(session.handle) != 0 { return 0 }
            return libssh2_session_last_errno(session.handle)
        }
        guard code == 0 else {
            throw Fault(
                .unreachable,
                "\(phase.target): the server ended the login: \(session.endingReason)",
                hint: "Look into sshd's log on that machine (MaxStartups, AllowUsers, fail2ban).")
        }
        return methods
    }

    private static func failure(
        _ phase: ConnectPhase, _ session: Session, _ attempts: [Attempt], _ accepted: String
    ) -> Fault {
        let target = phase.target
        guard !attempts.isEmpty else {
            return Fault(
                .unauthenticated, "\(target): there is no key to log in with",
                hint: "Give ssh_key_path or ssh_key, or set ssh_agent_auth.")
        }
        let tried = attempts.map { "\($0.origin) (\($0.reason))" }.joined(separator: "; ")
        let farewell = session.wire.farewell.map { ". The server said: \($0)" } ?? ""
        let general =
            "Check the user name, and that one of these keys is in that user's authorized_keys."
        return Fault(
            .unauthenticated,
            "\(target): the server accepted none of the keys. Tried: \(tried). "
                + "It accepts: \(accepted)\(farewell)",
            hint: attempts.lazy.compactMap(\.hint).first ?? general)
    }
}
