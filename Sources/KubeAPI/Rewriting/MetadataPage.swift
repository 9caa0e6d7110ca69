internal import Basics
internal import EncryptionModel
internal import HTTP
internal import JSON
internal import Synchronization

/// One object, as far as a rewrite needs to know it.
struct ObjectReference: Sendable, Hashable {
    /// Nil for what has no namespace.
    let namespace: String?
    let name: String
    let version: ResourceVersion

    /// How people write it: `namespace/name`, or `name`.
    var displayName: String { namespace.map { "\($0)/\(name)" } ?? name }
}

/// One page of a list, metadata only.
struct MetadataPage: Sendable {
    let objects: [ObjectReference]
    /// The list's own version: every object in it is at or below.
    let version: ResourceVersion
    /// With which the next page is asked for; nil on the last page.
    let continueToken: String?
    /// How many objects follow on later pages, where the server tells.
    let remaining: Int?
}

/// Reads a page as it arrives and keeps names and versions only; `managedFields`, labels and
/// annotations, which are most of the bytes, pass by.
struct MetadataPageReader {
    private enum Slot {
        static let kind = 0, listVersion = 1, continueToken = 2, remaining = 3
        static let namespace = 4, name = 5, version = 6, elementEnd = 7
    }

    private static let selection = JSONSelection(
        .object([
            "kind": .scalar(Slot.kind),
            "metadata": .object([
                "resourceVersion": .scalar(Slot.listVersion),
                "continue": .scalar(Slot.continueToken),
                "remainingItemCount": .scalar(Slot.remaining),
            ]),
            "items": .array(
                of: .object([
                    "metadata": .object([
                        "namespace": .scalar(Slot.namespace),
                        "name": .scalar(Slot.name),
                        "resourceVersion": .scalar(Slot.version),
                    ])
                ]),
                elementEnd: Slot.elementEnd),
        ]))

    private struct Found {
        var kind: String?
        var listVersion: String?
        var continueToken: String?
        var remaining: Int?
        var namespace: String?
        var name: String?
        var version: String?
        var objects: [ObjectReference] = []

        mutating func take(_ finding: JSONSelector.Finding) throws {
            guard finding.slot != Slot.elementEnd else { return try endObject() }
            guard let text = String(validating: finding.text, as: UTF8.self) else {
                throw Fault(.remote, "the server's answer isn't UTF-8")
            }
            switch finding.slot {
            case Slot.kind: kind = text
            case Slot.listVersion: listVersion = text
            case Slot.continueToken: continueToken = text
            case Slot.remaining: remaining = Int(text).flatMap { 0...1 << 40 ~= $0 ? $0 : nil }
            case Slot.namespace: namespace = text
            case Slot.name: name = text
            default: version = text
            }
        }

        private mutating func endObject() throws {
            guard let name, !name.isEmpty, let version = version.flatMap(ResourceVersion.init)
            else {
                throw Fault(
                    .remote,
                    "the list has an object without a name or a resourceVersion"
                        + (name.map { ": \($0)" } ?? ""))
            }
            let namespace = namespace.flatMap { $0.isEmpty ? nil : $0 }
            objects.append(ObjectReference(namespace: namespace, name: name, version: version))
            self = Found(
                kind: kind, listVersion: listVersion, continueToken: continueToken,
                remaining: remaining, objects: objects)
        }
    }

    private var selector = JSONSelector(selection)
    private var found = Found()

    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws {
        try selector.feed(bytes) { try found.take($0) }
    }

    /// - Throws: a `Fault` where the answer isn't a complete list of metadata. A list of whole
    ///   objects is refused too: it would mean that something between us and the server ignores
    ///   that we asked for metadata only.
    mutating func finish() throws -> MetadataPage {
        try selector.finish { try found.take($0) }
        guard found.kind == "PartialObjectMetadataList",
            let version = found.listVersion.flatMap(ResourceVersion.init)
        else {
            throw Fault(
                .remote, "the answer isn't a list of metadata but of kind \(found.kind ?? "none")",
                hint: "is this really the address of a kube-apiserver?")
        }
        let token = found.continueToken.flatMap { $0.isEmpty ? nil : $0 }
        return MetadataPage(
            objects: found.objects, version: version, continueToken: token,
            remaining: found.remaining)
    }
}

/// Takes the pieces of a list's body on the client's thread. The status isn't known before the
/// end, so the beginning is kept as well, for the case that it is an error's.
private final class MetadataPageCollector: Sendable {
    private struct State {
        var reader = MetadataPageReader()
        var beginning: [UInt8] = []
        var problem: (any Error)?
    }

    private static let beginningLimit = 16 << 10
    private let state = Mutex(State())

    func take(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { state in
            let room = Self.beginningLimit - state.beginning.count
            if room > 0 { state.beginning.append(contentsOf: bytes.prefix(room)) }
            guard state.problem == nil else { return }
            // An error's body needn't be JSON, so that it isn't counts only with a good status.
            do { try state.reader.feed(bytes) } catch { state.problem = error }
        }
    }

    func page(_ head: HTTPHead) throws -> MetadataPage {
        try state.withLock { state in
            guard head.status == 200 else { throw APIFailure(head: head, body: state.beginning) }
            do {
                if let problem = state.problem { throw problem }
                return try state.reader.finish()
            } catch let malformed as JSONMalformed {
                throw Fault(.remote, "the list isn't well-formed JSON: \(malformed)")
            }
        }
    }
}

extension APIServer {
    /// One page of the resource's objects in all namespaces.
    ///
    /// Without a token it is the first page, read from etcd's present state (no resourceVersion
    /// means a consistent read), not from a cache that may lag.
    ///
    /// - Throws: `APIFailure` where the server refuses, `Fault` for everything else.
    func metadataPage(
        of resource: ServedResource, limit: Int, continueToken: String? = nil
    ) async throws -> MetadataPage {
        var path = "\(resource.path(in: nil))?limit=\(limit)"
        if let continueToken { path += "&continue=\(continueToken.percentEncoded)" }
        let collector = MetadataPageCollector()
        let head = try await exchanger.stream(
            request("GET", path, accept: MediaType.metadataList), consume: collector.take)
        return try collector.page(head)
    }
}
