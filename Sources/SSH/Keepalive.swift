internal import Basics
internal import CLibSSH2
internal import Glibc

/// Asks a silent server for a sign of life, and gives up one that stays silent.
struct Keepalive {
    /// Silent for this many intervals, the server counts as gone.
    private static let patience = 4

    private let interval: Duration
    private var isConfigured = false
    /// When to look again.
    private(set) var next: ContinuousClock.Instant

    init(interval: Duration) {
        self.interval = interval
        next = .now + interval
    }

    mutating func attend(to session: Session) throws {
        if !isConfigured {
            let seconds = UInt32(clamping: interval.components.seconds)
            libssh2_keepalive_config(session.handle, 1, max(seconds, 2))
            isConfigured = true
        }
        let now = ContinuousClock.now
        guard next <= now else { return }
        let silence = session.wire.lastReceived.duration(to: now)
        guard silence < interval * Self.patience else {
            session.wire.end("the server hasn't been heard for \(silence.components.seconds) s")
            throw ConnectionLost()
        }
        next = now + interval
        guard silence >= interval else { return }
        let code = libssh2_keepalive_send(session.handle, nil)
        if code != 0 { try session.checkAlive(code) }
    }
}
