public import Basics
internal import Crypto
public import EncryptionModel
internal import HTTP
internal import JSON
internal import Synchronization

/// Which value: one key of the data of one Secret.
public struct SecretValueName: Sendable, Hashable, CustomStringConvertible {
    public let namespace: String
    public let name: String
    public let key: String

    public init(namespace: String, name: String, key: String) {
        self.namespace = namespace
        self.name = name
        self.key = key
    }

    /// RKE's copy of its state file (`cluster/state.go`).
    public static let rkeState = SecretValueName(
        namespace: "kube-system", name: "full-cluster-state", key: "full-cluster-state")

    public var description: String { "secret \(namespace)/\(name)" }

    fileprivate var path: String {
        "/api/v1/namespaces/\(namespace.percentEncoded)/secrets/\(name.percentEncoded)"
    }
}

/// The value with the version of the Secret that it was read from.
public struct SecretValue: Sendable {
    public let bytes: SecretBytes
    public let version: ResourceVersion

    public init(bytes: SecretBytes, version: ResourceVersion) {
        self.bytes = bytes
        self.version = version
    }
}

extension APIServer {
    /// etcd takes no more than 1.5 MiB, which base64 and the envelope make a little more.
    private static let secretLimit = 4 << 20

    /// - Returns: nil where there is no such Secret or it has no such key.
    public func secretValue(_ name: SecretValueName) async throws -> SecretValue? {
        try await told("reading \(name)") {
            let collector = SecretCollector(limit: Self.secretLimit)
            let head = try await exchanger.stream(
                request("GET", name.path), consume: collector.take)
            if head.status == 404 { return nil }
            let body = collector.bytes
            guard head.status == 200 else {
                throw APIFailure(head: head, body: body.exposedBytes())
            }
            return try SecretValue(object: body, key: name.key)
        }
    }

    /// Replaces the value, if the Secret is still the one that was read.
    ///
    /// The answer is asked for as metadata only, so that nothing secret comes back.
    ///
    /// - Throws: a `Fault` of code `conflict` where somebody else wrote the Secret meanwhile.
    public func replaceSecretValue(
        _ name: SecretValueName, with bytes: SecretBytes, ifStill version: ResourceVersion
    ) async throws {
        try await told("updating \(name)") {
            let key = JSONText.quoted(name.key)
            let before = #"{"metadata":{"resourceVersion":"\#(version)"},"data":{\#(key):""#
            let body =
                SecretBytes(copying: before.utf8) + Base64.encode(bytes)
                + SecretBytes(copying: #""}}"#.utf8)
            let response = try await exchanger.send(
                request(
                    "PATCH", name.path, accept: MediaType.metadata,
                    contentType: MediaType.mergePatch, body: body),
                limit: Self.secretLimit)
            guard response.status == 200 else {
                throw APIFailure(head: response.head, body: response.body)
            }
        }
    }
}

extension SecretValue {
    private static let versionSlot = 0, valueSlot = 1

    fileprivate init?(object: SecretBytes, key: String) throws {
        let selection = JSONSelection(
            .object([
                "metadata": .object(["resourceVersion": .scalar(Self.versionSlot)]),
                "data": .object([key: .place(Self.valueSlot)]),
            ]))
        var selector = JSONSelector(selection)
        var version: ResourceVersion?
        var encoded: SecretBytes?
        let receive: JSONSelector.Receiver = { found in
            if found.slot == Self.versionSlot {
                version = ResourceVersion(String(decoding: found.text, as: UTF8.self))
            } else {
                encoded = object.withUnsafeBytes { SecretBytes(copying: $0[found.range]) }
            }
        }
        do {
            try object.withUnsafeBytes { try selector.feed($0, receive: receive) }
            try selector.finish(receive: receive)
        } catch let malformed as JSONMalformed {
            throw Fault(.remote, "the answer isn't well-formed JSON: \(malformed)")
        }
        guard let version else { throw Fault(.remote, "the Secret has no resourceVersion") }
        guard let encoded else { return nil }
        guard let bytes = Base64.decode(encoded) else {
            throw Fault(.remote, "the value of \(key) isn't base64")
        }
        self.init(bytes: bytes, version: version)
    }
}

/// Gathers a body that holds secrets without leaving copies behind.
private final class SecretCollector: Sendable {
    private let limit: Int
    private let pieces = Mutex<[SecretBytes]>([])

    init(limit: Int) { self.limit = limit }

    func take(_ bytes: UnsafeRawBufferPointer) throws {
        try pieces.withLock { pieces in
            guard pieces.reduce(bytes.count, { $0 + $1.count }) <= limit else {
                throw Fault(.remote, "the answer is larger than \(limit) bytes")
            }
            pieces.append(SecretBytes(copying: bytes))
        }
    }

    var bytes: SecretBytes {
        pieces.withLock { pieces in
            SecretBytes(count: pieces.reduce(0) { $0 + $1.count }) { target in
                var end = 0
                for piece in pieces {
                    piece.withUnsafeBytes { source in
                        UnsafeMutableRawBufferPointer(rebasing: target[end...]).copyBytes(
                            from: source)
                    }
                    end += piece.count
                }
            }
        }
    }
}
