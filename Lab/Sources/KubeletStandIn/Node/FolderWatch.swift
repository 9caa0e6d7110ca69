internal import CLabLinux
internal import Glibc

/// What happens to the names in a folder, as inotify tells it.
struct FolderWatch: ~Copyable {
    enum Event: Equatable {
        /// Made, moved in, written or given other rights.
        case touched(String)
        /// Removed or moved away.
        case removed(String)
        /// The folder itself is gone; nothing more will be told.
        case over
    }

    let descriptor: Int32

    init(_ path: String) throws(SystemError) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        let mask = UInt32(
            IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM
                | IN_DELETE_SELF | IN_MOVE_SELF)
        guard descriptor >= 0, inotify_add_watch(descriptor, path, mask) >= 0 else {
            throw SystemError(calling: "inotify: \(path)")
        }
    }

    deinit { close(descriptor) }

    /// Waits, and gives what has happened since the last time.
    func events(within milliseconds: Int32) -> [Event] {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&polled, 1, milliseconds) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? Self.events(in: buffer[..<count]) : []
    }

    /// Each is a `struct inotify_event`: three numbers, the length of the name, the name.
    private static func events(in bytes: ArraySlice<UInt8>) -> [Event] {
        var (events, rest) = ([Event](), bytes)
        func number(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(rest[rest.startIndex + offset + $1]) << (8 * $1) }
        }
        while rest.count >= 16 {
            let (mask, length) = (number(4), Int(number(12)))
            guard rest.count >= 16 + length else { break }
            let name = String(
                decoding: rest.dropFirst(16).prefix(length).prefix { $0 != 0 }, as: UTF8.self)
            rest = rest.dropFirst(16 + length)
            if let event = event(mask, name) { events.append(event) }
        }
        return events
    }

    private static func event(_ mask: UInt32, _ name: String) -> Event? {
        if mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED) != 0, name.isEmpty {
            return .over
        }
        // The folder's own attributes have no name.
        guard !name.isEmpty else { return nil }
        if mask & UInt32(IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_ATTRIB) != 0 {
            return .touched(name)
        }
        return mask & UInt32(IN_DELETE | IN_MOVED_FROM) != 0 ? .removed(name) : nil
    }
}
