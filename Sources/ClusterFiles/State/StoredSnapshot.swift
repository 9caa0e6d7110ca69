internal import Basics
internal import EncryptionModel
internal import Foundation
public import Transition

/// A snapshot's record as it is stored, in the journal and as the manifest beside the snapshot.
/// Fingerprints, never a key.
struct StoredSnapshot: Codable {
    struct Midst: Codable {
        var operation: String
        var kind: String
        var stage: String?
    }

    var name: String
    var taken: String
    var sha256: String
    var size: Int
    var revision: Int64
    var etcdVersion: String?
    var kubernetesVersion: String?
    var clusterUID: String?
    var nodes: [String]
    /// Resource, then stored form, then how many.
    var counts: [String: [String: Int]]
    var keysNeeded: [String]
    var keysOfHistory: [String]
    /// The operation that was under way.
    var during: Midst?

    init(_ record: SnapshotRecord) {
        name = record.name
        taken = record.taken.stored
        sha256 = record.hash
        size = record.size
        revision = record.revision
        etcdVersion = record.etcdVersion
        kubernetesVersion = record.kubernetesVersion
        clusterUID = record.clusterUID
        nodes = record.nodes
        counts = StoredCounts.store(record.counts)
        keysNeeded = record.neededKeys
        keysOfHistory = record.historyKeys
        during = record.midst.map {
            Midst(operation: $0.operation, kind: $0.kind.rawValue, stage: $0.stage?.rawValue)
        }
    }

    func record(_ reader: StoredValueReader) throws -> SnapshotRecord {
        SnapshotRecord(
            name: name, taken: try reader.time(taken), hash: sha256, size: size,
            revision: revision, etcdVersion: etcdVersion, kubernetesVersion: kubernetesVersion,
            clusterUID: clusterUID, nodes: nodes, counts: StoredCounts.read(counts, reader),
            neededKeys: keysNeeded, historyKeys: keysOfHistory,
            midst: try during.map {
                SnapshotRecord.Midst(
                    operation: $0.operation,
                    kind: try reader.word($0.kind, "the kind of \($0.operation)"),
                    stage: try $0.stage.map { try reader.word($0, "the stage") })
            })
    }
}

/// Counts per resource and stored form, as JSON has them.
enum StoredCounts {
    static func store(_ counts: [GroupResource: [StoredForm: Int]]) -> [String: [String: Int]] {
        counts.reduce(into: [:]) { counts, resource in
            counts[resource.key.description] = resource.value.reduce(into: [:]) {
                $0[$1.key.description] = $1.value
            }
        }
    }

    static func read(
        _ counts: [String: [String: Int]], _ reader: StoredValueReader
    ) -> [GroupResource: [StoredForm: Int]] {
        counts.reduce(into: [:]) {
            $0[reader.resource($1.key)] = $1.value.reduce(into: [:]) {
                $0[form($1.key)] = $1.value
            }
        }
    }

    private static func form(_ text: String) -> StoredForm {
        text == StoredForm.plaintext.description ? .plaintext : .encrypted(prefix: text)
    }
}

/// The small file beside a snapshot that says what is in it. It holds no key.
public enum SnapshotManifest {
    /// What it is called beside the snapshot.
    public static func fileName(for snapshot: String) -> String { "\(snapshot).manifest.json" }

    public static func encode(_ record: SnapshotRecord) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(StoredSnapshot(record))) + [UInt8(ascii: "\n")]
    }

    /// - Parameter file: for messages.
    /// - Throws: `Fault(.corrupt)`.
    public static func decode(_ bytes: [UInt8], file: String) throws -> SnapshotRecord {
        do {
            return try JSONDecoder().decode(StoredSnapshot.self, from: Data(bytes))
                .record(StoredValueReader(file: file))
        } catch {
            throw Fault(
                .corrupt, "this is no manifest of a snapshot",
                place: Fault.Place(file: file), cause: error)
        }
    }
}
