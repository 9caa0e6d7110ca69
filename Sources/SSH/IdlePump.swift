/// Takes in what arrives while no channel is open.
///
/// libssh2 reads from the socket only in the name of a channel. Without one, a server that asks
/// whether we are alive would get no answer; so the first time that something arrives on an idle
/// connection, a session channel is opened and closed again, and kept only to read through.
struct IdlePump {
    private var channel: Channel?
    private var isClosed = false
    private var hasTried = false

    mutating func attend(to session: Session, openings: inout ChannelOpenings) throws {
        if let channel {
            if isClosed { try channel.pump() } else { isClosed = channel.close() }
        } else if session.wire.hasStash && !hasTried {
            hasTried = true
            openings.beginSpare()
        }
    }

    /// Takes the spare channel, once.
    ///
    /// - Returns: false where it already has one.
    mutating func adopt(_ spare: Channel) -> Bool {
        guard channel == nil, hasTried else { return false }
        channel = spare
        return true
    }
}
