internal import Archive
internal import Basics

/// What RKE's archive of a snapshot holds, unpacked (rancher/rke-tools, main.go): a zip with the
/// snapshot as `/backup/<name>` and, where there was one, RKE's state file of that time as
/// `/etc/kubernetes/<name>.rkestate`.
struct SnapshotArchive: Sendable {
    /// The state file inside.
    enum State: Sendable {
        case missing
        case unpacked(ScratchFile)
        /// And why.
        case unreadable(String)
    }

    let snapshot: ScratchFile
    let state: State

    private static let folder = "/backup/"
    private static let stateSuffix = ".rkestate"
    /// In bytes, as of any state file.
    private static let greatestState = 64 << 20

    /// - Parameters:
    ///   - name: for messages.
    ///   - progress: is told the part that is done, from 0 to 1, now and then.
    /// - Returns: nil where the file is no zip, but a snapshot itself.
    /// - Throws: `Fault(.corrupt)` where no snapshot can be had from it. What is wrong with the
    ///   state file inside is no error.
    static func unpack(
        _ file: SeekableFile, named name: String, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> SnapshotArchive? {
        try await OwnThread.result(named: "unpack") { checkCancellation in
            do {
                guard try ZipArchive.begins(file) else { return nil }
                let archive = try ZipArchive(file)
                let snapshot = try ScratchFile.make()
                try archive.unpack(try snapshotEntry(of: archive), into: snapshot.file) { part in
                    progress(part)
                    try checkCancellation()
                }
                return SnapshotArchive(
                    snapshot: snapshot, state: try state(of: archive, checkCancellation))
            } catch let damage as ArchiveDamage {
                throw Fault(
                    .corrupt, "this can't be read as RKE's archive of a snapshot: \(damage)",
                    hint: "Nothing was touched. Take another copy, from another node or from where"
                        + " it was taken to.",
                    place: Fault.Place(file: name), cause: damage)
            }
        }
    }

    /// That of RKE's folder, else the only one that can be meant.
    private static func snapshotEntry(of archive: ZipArchive) throws -> ZipEntry {
        let files = archive.entries.filter { !$0.isFolder && !$0.name.hasSuffix(stateSuffix) }
        let usual = files.filter { $0.name.hasPrefix(folder) }
        let candidates = usual.isEmpty ? files : usual
        guard let entry = candidates.first else {
            throw ArchiveDamage("there is no snapshot in it")
        }
        guard candidates.count == 1 else {
            throw ArchiveDamage("\(candidates.count) of its entries could be the snapshot")
        }
        return entry
    }

    private static func state(
        of archive: ZipArchive, _ checkCancellation: () throws -> Void
    ) throws -> State {
        let entries = archive.entries.filter { !$0.isFolder && $0.name.hasSuffix(stateSuffix) }
        guard let entry = entries.first else { return .missing }
        guard entries.count == 1 else {
            return .unreadable("there are \(entries.count), of which any could be meant")
        }
        guard entry.size <= greatestState else {
            return .unreadable(
                "it is \(entry.size) bytes long; at most \(greatestState) are read")
        }
        let scratch = try ScratchFile.make()
        do {
            try archive.unpack(entry, into: scratch.file) { _ in try checkCancellation() }
        } catch let damage as ArchiveDamage {
            return .unreadable(damage.reason)
        }
        return .unpacked(scratch)
    }
}
