/// Sees the packets that libssh2 has dealt with, when it frees their memory.
///
/// libssh2 1.10 says «exit status 0» of a command whose status the server never told, and tells no
/// channel's number. For a tool that takes status 0 as the word that something was written, that
/// is one guess too many; so we look for the packet itself.
struct PacketWitness {
    private static let openConfirmation: UInt8 = 91
    private static let channelRequest: UInt8 = 98
    private static let exitStatus = Array("exit-status".utf8)

    /// Our number of the channel that the server confirmed last; unique in a session.
    var confirmedChannel: UInt32?
    private var told: Set<UInt32> = []

    /// - Parameter memory: what is about to be freed; any memory of libssh2, packet or not.
    mutating func sawFreed(_ memory: UnsafeRawBufferPointer) {
        guard memory.count >= 17, let kind = memory.first else { return }
        if kind == Self.openConfirmation {
            confirmedChannel = number(memory, at: 1)
        } else if kind == Self.channelRequest, memory.count >= 25,
            number(memory, at: 5) == UInt32(Self.exitStatus.count),
            memory[9..<20].elementsEqual(Self.exitStatus)
        {
            told.insert(number(memory, at: 1))
        }
    }

    /// Whether the server told the exit status of the command in this channel.
    func sawExitStatus(of channel: UInt32) -> Bool { told.contains(channel) }

    mutating func forget(_ channel: UInt32) { told.remove(channel) }

    private func number(_ memory: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: memory.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
