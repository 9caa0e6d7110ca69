internal import Basics
internal import Glibc

/// The moments of a save between which the machine may stop. At every one of them the state file
/// is either wholly the old or wholly the new version.
enum SaveStep: CaseIterable, Sendable {
    case begun
    case backupHalfWritten, backupWritten, backupSynced, backupRenamed
    case stateHalfWritten, stateWritten, stateSynced, stateRenamed
    case folderSynced
}

/// Thrown by tests at a step to stop there as a crash would: nothing is tidied up.
struct SimulatedCrash: Error {}

/// Replaces a file so that a crash leaves the old or the new contents, never a mixture, and keeps
/// the old ones beside it.
struct AtomicReplacement {
    let path: String
    /// Called when a step is reached.
    let reached: @Sendable (SaveStep) throws -> Void

    private var temporary: String { path + ".tmp" }
    private var backup: String { path + ".bak" }
    private var backupTemporary: String { path + ".bak.tmp" }

    /// - Parameter old: what the file holds now; nil where there is none.
    func replace(_ old: SecretBytes?, with new: SecretBytes) throws {
        do {
            try reached(.begun)
            if let old {
                try write(
                    old, to: backupTemporary,
                    steps: (.backupHalfWritten, .backupWritten, .backupSynced))
                try rename(backupTemporary, to: backup)
                try reached(.backupRenamed)
            }
            try write(
                new, to: temporary, steps: (.stateHalfWritten, .stateWritten, .stateSynced))
            try rename(temporary, to: path)
            try reached(.stateRenamed)
            try syncFolder()
            try reached(.folderSynced)
        } catch let crash as SimulatedCrash {
            throw crash
        } catch {
            unlink(temporary)
            unlink(backupTemporary)
            throw Fault(error).during("saving \(path)")
        }
    }

    private func write(
        _ bytes: SecretBytes, to path: String,
        steps: (half: SaveStep, whole: SaveStep, synced: SaveStep)
    ) throws {
        // What an earlier crash left behind; the lock makes sure that it is nobody's.
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemCall.fault("can't create \(path)") }
        defer { close(descriptor) }
        // The umask may have taken the owner's own rights away.
        guard fchmod(descriptor, 0o600) == 0 else {
            throw SystemCall.fault("can't protect \(path)")
        }
        keepOwner(of: self.path, on: descriptor)
        try bytes.withUnsafeBytes { raw in
            let half = raw.count / 2
            try writeAll(UnsafeRawBufferPointer(rebasing: raw[..<half]), to: descriptor, path)
            try reached(steps.half)
            try writeAll(UnsafeRawBufferPointer(rebasing: raw[half...]), to: descriptor, path)
        }
        try reached(steps.whole)
        guard fsync(descriptor) == 0 else { throw SystemCall.fault("can't fsync \(path)") }
        try reached(steps.synced)
    }

    /// Run by root on somebody's cluster folder, the file stays theirs.
    private func keepOwner(of path: String, on descriptor: Int32) {
        var status = stat()
        guard geteuid() == 0 else { return }
        let folder = ClusterFileNames.folder(of: path)
        guard stat(path, &status) == 0 || stat(folder, &status) == 0 else { return }
        // Not fatal: the contents are safe, and root can read them.
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }

    private func writeAll(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
    ) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemCall.fault("can't write \(path)") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    private func rename(_ source: String, to target: String) throws {
        guard Glibc.rename(source, target) == 0 else {
            throw SystemCall.fault("can't rename \(source) to \(target)")
        }
    }

    /// Makes the renames themselves durable.
    private func syncFolder() throws {
        let folder = ClusterFileNames.folder(of: path)
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCall.fault("can't open the folder \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw SystemCall.fault("can't fsync the folder \(folder)")
        }
    }
}
