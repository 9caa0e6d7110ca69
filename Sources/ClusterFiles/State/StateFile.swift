public import Basics
internal import Crypto
internal import JSON
public import Transition

/// The contents of `cluster.rkestate`: RKE's members, of which only the provider config is ours to
/// change, and our own, `orchestrator`.
///
/// RKE's file is `FullState` in rancher/rke `cluster/state.go`. Everything that isn't ours is kept
/// to the byte.
public struct StateFile: Sendable {
    /// Our member; nil where the file has none (a new cluster, or one that RKE looked after).
    public var journal: Journal?
    /// `desiredState.encryptionConfig`: a provider config as YAML; nil where there is none.
    public var desiredProviderConfig: SecretBytes?
    /// `currentState.encryptionConfig`.
    public var currentProviderConfig: SecretBytes?

    let document: JSONDocument
    /// What `document` says; written again only where it changed.
    private let storedJournal: Journal?

    /// The state of a cluster that nobody has looked after yet.
    public init() {
        // As RKE writes the state of a cluster of which it knows nothing.
        var document = JSONDocument()
        for section in Section.allCases {
            document.set([section.rawValue], to: SecretBytes(copying: "{}".utf8))
        }
        self.document = document
        storedJournal = nil
    }

    /// - Parameter file: the path, for messages.
    /// - Throws: `Fault`: `.corrupt` where the file is empty, torn or contradicts itself,
    ///   `.badInput` where it was never a state file, `.refused` where a newer version of this
    ///   program wrote it.
    public init(reading bytes: SecretBytes, file: String) throws(Fault) {
        document = try Self.document(bytes, file: file)
        try Self.refuseDuplicates(in: document, file: file)
        desiredProviderConfig = try Self.providerConfig(in: document, .desired, file: file)
        currentProviderConfig = try Self.providerConfig(in: document, .current, file: file)
        let range = document.range(of: [Self.member])
        if let range, !document.isNull(range) {
            storedJournal = try JournalCoding.decode(document.slice(range), file: file)
        } else {
            storedJournal = nil
        }
        journal = storedJournal
    }

    /// The bytes to be written.
    public func encoded() throws(Fault) -> SecretBytes {
        var document = document
        Self.put(desiredProviderConfig, as: .desired, into: &document)
        Self.put(currentProviderConfig, as: .current, into: &document)
        if journal != storedJournal {
            let value = try journal.map(JournalCoding.encode)
            document.set([Self.member], to: value ?? SecretBytes(copying: "null".utf8))
        }
        return document.bytes
    }

    static let member = "orchestrator"
    static let configMember = "encryptionConfig"

    enum Section: String, CaseIterable {
        case desired = "desiredState"
        case current = "currentState"
    }

    /// RKE leaves the member out where there is no config; an empty string means the same to it.
    private static func put(
        _ config: SecretBytes?, as section: Section, into document: inout JSONDocument
    ) {
        let path = [section.rawValue, configMember]
        let stored = document.string(path).flatMap { $0.isEmpty ? nil : $0 }
        guard stored != config else { return }
        document.set(path, to: JSONText.quoted(config ?? SecretBytes(copying: [])))
    }

    private static func providerConfig(
        in document: JSONDocument, _ section: Section, file: String
    ) throws(Fault) -> SecretBytes? {
        let path = [section.rawValue, configMember]
        guard let range = document.range(of: path), !document.isNull(range) else { return nil }
        guard let text = document.string(path) else {
            throw StateFileFaults.contradiction(
                "\(section.rawValue).\(configMember) is no string", file: file)
        }
        return text.isEmpty ? nil : text
    }

    private static func refuseDuplicates(
        in document: JSONDocument, file: String
    ) throws(Fault) {
        let names = Section.allCases.map(\.rawValue) + [member]
        let twice =
            document.duplicates(in: [], among: names)
            + Section.allCases.flatMap {
                document.duplicates(in: [$0.rawValue], among: [configMember])
            }
        if let name = twice.first {
            throw StateFileFaults.contradiction("it has the member \(name) twice", file: file)
        }
        for section in Section.allCases {
            guard let range = document.range(of: [section.rawValue]) else { continue }
            guard document.isNull(range) || document.isObject(range) else {
                throw StateFileFaults.contradiction("\(section.rawValue) is no object", file: file)
            }
        }
    }

    private static func document(
        _ bytes: SecretBytes, file: String
    ) throws(Fault) -> JSONDocument {
        let first = bytes.withUnsafeBytes { $0.first { !" \t\r\n\0".utf8.contains($0) } }
        guard let first else { throw StateFileFaults.empty(file: file, bytes: bytes.count) }
        guard first == UInt8(ascii: "{") else { throw StateFileFaults.notJSON(file: file) }
        do {
            return try JSONDocument(checking: bytes)
        } catch {
            throw StateFileFaults.torn(error, in: bytes, file: file)
        }
    }
}
