internal import Basics
internal import ClusterFiles
public import Transition

/// The keys of the state file inside an archive.
struct ArchivedKeys {
    /// Whether there is such a file.
    let hasState: Bool
    /// Those that weren't known without it.
    let records: [KeyRecord]
    /// Why it gave none; nil where it did, or where there is none.
    let reason: String?

    /// Reads what can be read. Only being cancelled is an error.
    static func read(
        _ archive: SnapshotArchive, besides known: [KeyRecord]
    ) async throws -> ArchivedKeys {
        switch archive.state {
        case .missing: return ArchivedKeys(hasState: false, records: [], reason: nil)
        case .unreadable(let reason):
            return ArchivedKeys(hasState: true, records: [], reason: reason)
        case .unpacked(let file):
            do {
                let bytes = try await file.contents(limit: 64 << 20)
                let records = try StateKeys(
                    StateFile(reading: bytes, file: KeyRecord.archivedState),
                    path: KeyRecord.archivedState, isMissing: false
                ).records.filter { record in
                    !known.contains { $0.key == record.key }
                }
                return ArchivedKeys(
                    hasState: true, records: records.map(Self.ofArchive), reason: nil)
            } catch let fault as Fault where fault.code != .interrupted {
                // Without the place: the file has no name that says anything.
                return ArchivedKeys(hasState: true, records: [], reason: fault.message)
            }
        }
    }

    private static func ofArchive(_ record: KeyRecord) -> KeyRecord {
        KeyRecord(
            key: record.key, created: record.created, createdBy: KeyRecord.archivedState,
            retired: record.retired, retiredBy: record.retiredBy, successor: record.successor)
    }
}

extension KeyRecord {
    /// `createdBy` of a key that only the state file in RKE's archive of a snapshot has.
    public static let archivedState = "the archive's own state file"
}
