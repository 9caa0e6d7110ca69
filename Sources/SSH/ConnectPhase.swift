internal import Basics
internal import CLibSSH2
internal import Glibc

/// What the way from a name to a login shares: its target, its time, its cancellation.
struct ConnectPhase {
    let target: SSHTarget
    let configuration: SSHConfiguration
    let deadline: ContinuousClock.Instant
    let wakeUp: WakeUp
    let cancel: CancelFlag

    /// Calls `body` until it no longer has to wait for the server.
    ///
    /// - Parameter activity: what a timeout interrupts, after the word «while».
    /// - Returns: libssh2's code, which is not `LIBSSH2_ERROR_EAGAIN`.
    func complete(
        _ activity: String, in session: Session, _ body: () throws -> Int32
    ) throws -> Int32 {
        while true {
            let code = try body()
            session.wire.flush()
            guard code == LIBSSH2_ERROR_EAGAIN else { return code }
            let events = POLLIN | (session.wire.hasPendingOutput ? POLLOUT : 0)
            try waitFor(session.wire.descriptor, events, until: deadline) { timeoutFault(activity) }
        }
    }

    /// Waits until the descriptor is ready.
    ///
    /// - Throws: `CancellationError`, or what `overdue` makes when the moment comes first.
    func waitFor(
        _ descriptor: Int32, _ events: Int32, until moment: ContinuousClock.Instant,
        overdue: () -> Fault
    ) throws {
        while true {
            if cancel.isSet { throw CancellationError() }
            if moment <= .now { throw overdue() }
            var descriptors = [
                pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(events), revents: 0),
            ]
            wait(on: &descriptors, until: moment)
            if descriptors[0].revents != 0 { wakeUp.drain() }
            if descriptors[1].revents != 0 { return }
        }
    }

    func timeoutFault(_ activity: String) -> Fault {
        Fault(
            .timedOut,
            "\(target) didn't answer within \(configuration.connectTimeout) while \(activity)",
            hint: "Check the address and port, and that no firewall swallows the connection.")
    }
}
