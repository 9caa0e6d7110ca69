internal import Basics
internal import Crypto
internal import Glibc

/// Holds the lock beside a state file until it is deinitialized or the process ends, however it
/// ends.
///
/// `flock` works between processes of one machine (and over NFS on Linux); the file is never
/// removed, since a second process might be waiting on what has just lost its name.
final class StateLock {
    private let descriptor: Int32
    let holder: LockHolder

    /// - Parameter holder: who asks, for the message that others get.
    /// - Throws: `Fault`, `.conflict` with the holder named where the lock is taken.
    init(path: String, holder: LockHolder) throws(Fault) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw SystemCall.fault(
                "can't open the lock file \(path)",
                hint: "The folder of the state file must be writable.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let fault = SystemCall.fault("can't lock \(path)")
            let other = LockHolder(text: Self.text(of: descriptor))
            close(descriptor)
            throw isTaken ? Self.taken(by: other, path: path) : fault
        }
        self.descriptor = descriptor
        self.holder = holder
        let text = Array(holder.text.utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count
        else {
            let fault = SystemCall.fault("can't write the lock file \(path)")
            close(descriptor)
            throw fault
        }
    }

    /// Tells the locked file from every other on any machine, as long as this one isn't started
    /// anew: from the kernel's boot ID (proc(5), `random/boot_id`), device and inode. Whoever has
    /// the lock of the same file knows that no former holder of it is alive. Nil where the system
    /// doesn't tell.
    var fileIdentity: String? {
        var status = stat()
        guard let boot = Self.bootID, fstat(descriptor, &status) == 0 else { return nil }
        let text = "\(boot)\0\(status.st_dev)\0\(status.st_ino)"
        return String(SHA256.digest(Array(text.utf8)).hex.prefix(32))
    }

    private static var bootID: String? {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let text = text(of: descriptor).prefix { $0.isHexDigit || $0 == "-" }
        return text.count == 36 ? String(text) : nil
    }

    deinit {
        // Closing would do; but a child that inherited the descriptor would go on holding it.
        ftruncate(descriptor, 0)
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func text(of descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = pread(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
    }

    private static func taken(by holder: LockHolder?, path: String) -> Fault {
        let who = holder.map { "\($0)" } ?? "another process"
        return Fault(
            .conflict, "another run is under way: \(who)",
            hint: "Nothing was touched. Wait for it to end, or end it; the lock (\(path)) goes "
                + "with the process.")
    }
}

/// A run that holds the lock of a state file, for telling it to others elsewhere.
public struct LockedRun: Sendable, Hashable {
    /// For people: `user@host, process 4711, orchestrator up`.
    public let holder: String
    /// Tells the locked file from every other; nil where it isn't known.
    public let lockFile: String?
}

/// Who holds the lock, as its file says.
struct LockHolder: CustomStringConvertible, Hashable {
    let process: Int32
    let host: String
    let command: String
    let since: String

    init(process: Int32, host: String, command: String, since: String) {
        self.process = process
        self.host = host
        self.command = command
        self.since = since
    }

    static func current(command: String, now: Timestamp) -> LockHolder {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return LockHolder(
            process: getpid(), host: host,
            command: command.replacing("\n", with: " "), since: now.description)
    }

    /// One line each; the command last, since it may hold anything.
    var text: String { "\(process)\n\(host)\n\(since)\n\(command)\n" }

    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, let process = Int32(lines[0]) else { return nil }
        self.init(
            process: process, host: String(lines[1]), command: String(lines[3]),
            since: String(lines[2]))
    }

    var description: String { "«\(command)», process \(process) on \(host), since \(since)" }
}
