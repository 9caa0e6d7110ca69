internal import Glibc

/// Bytes under way in one direction: filled while empty, then emptied bit by bit.
struct RelayBuffer: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0

    init(capacity: Int) { memory = .allocate(byteCount: capacity, alignment: 16) }

    deinit {
        // Provider configs pass through here.
        if let first = memory.baseAddress { explicit_bzero(first, memory.count) }
        memory.deallocate()
    }

    var isEmpty: Bool { start == end }
    var filled: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[start..<end])
    }
    /// Where an empty buffer takes its next bytes.
    var room: UnsafeMutableRawBufferPointer { memory }

    mutating func add(_ count: Int) {
        start = 0
        end = count
    }

    mutating func drop(_ count: Int) { start += count }
}

/// Owns the local descriptor of a relay.
final class LocalEnd {
    let descriptor: Int32
    /// The local side has written its last.
    private(set) var isAtEnd = false
    /// The local side has gone, or both ways have ended.
    var isHungUp = false
    /// The local side has gone while there was still something for it.
    private(set) var isGone = false
    private var hasEnded = false
    private var isOpen = true

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    func close() {
        if isOpen { Glibc.close(descriptor) }
        isOpen = false
    }

    func read(into buffer: inout RelayBuffer) {
        let room = buffer.room
        let count = recv(descriptor, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            buffer.add(count)
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            isAtEnd = true
        }
    }

    /// - Returns: whether any bytes were taken. Where the local side has gone, they are dropped.
    func write(from buffer: inout RelayBuffer) -> Bool {
        var moved = false
        while !buffer.isEmpty {
            let bytes = buffer.filled
            let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
            let count = send(descriptor, bytes.baseAddress, bytes.count, flags)
            if count > 0 {
                buffer.drop(count)
                moved = true
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                isGone = true
                buffer.drop(bytes.count)
            }
        }
        return moved
    }

    /// Lets the local reader see the end of the stream.
    func end() {
        if !hasEnded { shutdown(descriptor, Int32(SHUT_WR)) }
        hasEnded = true
    }
}
