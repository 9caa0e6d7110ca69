public import Basics
internal import Crypto
internal import Foundation
public import Transition

/// `cluster.rkestate` on disk: read, locked, and replaced whole.
///
/// Files beside it: `.lock`, `.bak` (the version before the last save) and, after a crash, `.tmp`
/// and `.bak.tmp`; all 0600. Where the state file is a symbolic link, all of it happens beside
/// what it points to.
public actor StateStore {
    /// RKE's own file has some 200 KiB for three nodes and a few MiB for hundreds.
    private static let limit = 64 << 20

    /// What the file held when it was read or written last.
    private enum Version: Equatable {
        case unread
        case missing
        case digest(SHA256Digest)
    }

    /// As given, for messages.
    public nonisolated let path: String
    private let executor = BlockingExecutor(name: "state-file")
    private let reached: @Sendable (SaveStep) throws -> Void
    private var version = Version.unread
    private var lock: StateLock?

    public init(path: String) {
        self.init(path: path) { step in Failpoint.pass("journal.save.\(step)") }
    }

    /// - Parameter reached: called at every step of a save; tests stop it there.
    init(path: String, reached: @escaping @Sendable (SaveStep) throws -> Void) {
        self.path = path
        self.reached = reached
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    // MARK: Lock

    /// Keeps every other run away until `unlock()`, or until the store or the process goes.
    ///
    /// - Parameter command: what is being run, without secrets; the next one's refusal names it.
    /// - Throws: `Fault`, `.conflict` where another run holds the lock.
    public func lock(command: String, clock: WallClock = .system) throws {
        guard lock == nil else { return }
        lock = try StateLock(
            path: try LocalFile.followingLinks(path) + ".lock",
            holder: .current(command: command, now: clock.now()))
    }

    public func unlock() { lock = nil }

    /// Who holds the lock through this store; nil where nobody does.
    public func lockedRun() -> LockedRun? {
        guard let lock else { return nil }
        let holder = lock.holder
        return LockedRun(
            holder: "\(Self.userName)@\(holder.host), process \(holder.process), "
                + holder.command,
            lockFile: lock.fileIdentity)
    }

    private static var userName: String {
        let name = NSUserName()
        return name.isEmpty ? "user \(getuid())" : name
    }

    // MARK: Contents

    /// - Returns: what the file holds; the state of a new cluster where there is no file.
    /// - Throws: `Fault`; see `StateFile`. After it nothing can be saved.
    public func load() throws -> StateFile {
        version = .unread
        guard let bytes = try LocalFile.read(path, limit: Self.limit) else {
            version = .missing
            return StateFile()
        }
        let state = try StateFile(reading: bytes, file: path)
        version = .digest(SHA256.digest(bytes))
        return state
    }

    /// Replaces the file, durably, before it returns. What would change nothing isn't written.
    ///
    /// - Parameter withBackup: let the backup be of the new version, too: for what no later run may
    ///   find undone, should the journal have to be taken from there.
    /// - Throws: `Fault`: `.conflict` where the file isn't what was loaded any more. The file is
    ///   then as it was.
    public func save(_ state: StateFile, withBackup: Bool = false) throws {
        guard lock != nil else {
            throw Fault(.refused, "the state file \(path) is to be saved without its lock")
        }
        let target = try LocalFile.followingLinks(path)
        let old = try LocalFile.read(target, limit: Self.limit)
        try checkUnchanged(old)
        let new = try state.encoded()
        let replacement = AtomicReplacement(path: target, reached: reached)
        guard old != new else {
            // A save that was cut off between the two.
            if withBackup, try isBackupBehind(new) { try replacement.replace(new, with: new) }
            return
        }
        try checkReadable(new, as: state)
        let keepsBackup = try old.map { try holdsTheOnlyJournal(besides: $0) } ?? false
        try replacement.replace(keepsBackup ? nil : old, with: new)
        if withBackup || keepsBackup { try replacement.replace(new, with: new) }
        version = .digest(SHA256.digest(new))
    }

    /// Whether the backup has a journal and the file has none, since RKE wrote it: then the backup
    /// stays until the journal is in the file again.
    private func holdsTheOnlyJournal(besides file: SecretBytes) throws -> Bool {
        guard try StateFile(reading: file, file: path).journal == nil else { return false }
        return try journalOfBackup() != nil
    }

    private func isBackupBehind(_ bytes: SecretBytes) throws -> Bool {
        let backup = try LocalFile.followingLinks(path) + ".bak"
        return try LocalFile.read(backup, limit: Self.limit).map { $0 != bytes } ?? false
    }

    /// What can't be read again must not replace what can.
    private func checkReadable(_ bytes: SecretBytes, as state: StateFile) throws {
        let again = try StateFile(reading: bytes, file: path)
        guard again.journal == state.journal,
            again.desiredProviderConfig == state.desiredProviderConfig,
            again.currentProviderConfig == state.currentProviderConfig
        else {
            throw Fault(
                .failed, "the new state file would not be read as it was meant",
                hint: "The file was left as it is. This is a mistake in orchestrator: please "
                    + "report it.", place: Fault.Place(file: path))
        }
    }

    /// The journal of the version before the last save; nil where there is none.
    ///
    /// RKE writes the state file from its own members only, so after an «rke up» the journal is
    /// gone from it and this is what is left: older by one save, but with its keys.
    ///
    /// - Throws: `Fault` where there is a backup that can't be read.
    public func journalOfBackup() throws -> Journal? {
        let backup = try LocalFile.followingLinks(path) + ".bak"
        guard let bytes = try LocalFile.read(backup, limit: Self.limit) else { return nil }
        return try StateFile(reading: bytes, file: backup).journal
    }

    private func checkUnchanged(_ bytes: SecretBytes?) throws {
        switch (version, bytes) {
        case (.unread, _):
            throw Fault(
                .refused, "the state file \(path) is to be saved without having been read")
        case (.missing, nil): return
        case (.digest(let digest), let bytes?) where SHA256.digest(bytes) == digest: return
        default:
            throw Fault(
                .conflict,
                "the state file was changed by somebody else since this run read it",
                hint: "It was left as it is. Is «rke» or an editor at work? Run again to go on "
                    + "from what it holds now.",
                place: Fault.Place(file: path))
        }
    }
}
