internal import Basics
internal import CLibSSH2

/// The life of a connection's thread.
struct ConnectionThread: Sendable {
    let phase: ConnectPhase
    let mailbox: Mailbox
    let bastion: SSHConnection?

    func start(_ connected: CheckedContinuation<Void, any Error>) {
        do {
            try OwnThread.start(named: "ssh \(phase.target.host)") { live(connected) }
        } catch {
            SessionLoop.refuse(mailbox.close(error), error)
            mailbox.threadEnded()
            connected.resume(throwing: error)
        }
    }

    private func live(_ connected: CheckedContinuation<Void, any Error>) {
        defer { mailbox.threadEnded() }
        do {
            let session = try logIn()
            connected.resume()
            let loop = SessionLoop(
                session: session, mailbox: mailbox, configuration: phase.configuration,
                target: phase.target)
            let fault = loop.run()
            SessionLoop.refuse(mailbox.close(fault), fault)
            libssh2_session_disconnect_ex(session.handle, 11, "done", "")
            session.wire.flush()
        } catch {
            SessionLoop.refuse(mailbox.close(Fault(error)), Fault(error))
            connected.resume(throwing: error)
        }
    }

    private func logIn() throws -> Session {
        let detour = bastion.map(Detour.init)
        let wire = Wire(
            descriptor: try detour?.begin(to: phase.target) ?? Dialer.connect(phase))
        do {
            let session = try Session(wire: wire)
            try Handshake.perform(phase, session)
            try Authentication.perform(phase, session)
            return session
        } catch {
            // Behind a bastion a broken stream is only the symptom.
            throw detour?.failure(phase.target) ?? error
        }
    }
}
