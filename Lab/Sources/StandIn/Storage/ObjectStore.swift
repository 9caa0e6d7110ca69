internal import NIOConcurrencyHelpers

/// Objects in etcd, as kube-apiserver's etcd3 store keeps them: resourceVersion is etcd's
/// mod_revision, every write is a transaction on the revision that was read, and a stored value
/// is staler than its object when it isn't under the first key of the first provider.
final class ObjectStore: Sendable {
    let client: EtcdClient
    private let prefix: String
    private let rules: NIOLockedValueBox<EncryptionRules>

    /// `prefix` is `--etcd-prefix`, `/registry` by default.
    init(client: EtcdClient, prefix: String, rules: EncryptionRules) {
        self.client = client
        self.prefix = prefix.hasPrefix("/") ? prefix : "/" + prefix
        self.rules = NIOLockedValueBox(rules)
    }

    var currentRules: EncryptionRules { rules.withLockedValue { $0 } }

    func use(_ new: EncryptionRules) { rules.withLockedValue { $0 = new } }

    /// One object as it was read.
    struct Current {
        /// Without a resourceVersion, as it is stored.
        let object: JSON
        let revision: Int64
        let isStale: Bool
    }

    private func location(_ type: ResourceType, _ namespace: String?) -> String {
        "\(prefix)/\(type.storagePrefix)/" + (namespace.map { "\($0)/" } ?? "")
    }

    private func key(_ type: ResourceType, _ namespace: String?, _ name: String) -> [UInt8] {
        Array((location(type, namespace) + name).utf8)
    }

    /// The full key of an object in etcd.
    func keyText(_ type: ResourceType, _ namespace: String?, _ name: String) -> String {
        location(type, namespace) + name
    }

    private func read(
        _ stored: EtcdKeyValue, _ type: ResourceType, _ transformer: ResourceTransformer
    ) throws -> Current {
        let value = try transformer.read(stored.value, etcdKey: stored.key)
        let object = try StoredObject.decode(value.plaintext, as: type)
        return Current(object: object, revision: stored.modRevision, isStale: value.isStale)
    }

    private func readOne(_ stored: EtcdKeyValue, _ type: ResourceType) throws -> Current {
        do {
            return try read(stored, type, currentRules.transformer(for: type))
        } catch let error as TransformError {
            throw APIError.internalError(error.description)
        } catch {
            throw APIError.unknown("\(error)")
        }
    }

    private func translating<T>(_ work: () async throws -> T) async throws -> T {
        do { return try await work() } catch let failure as GRPCFailure {
            throw APIError.unknown(failure.description)
        }
    }

    /// Whether etcd answers; used by the health checks.
    func ping() async throws {
        _ = try await client.range(EtcdRange(key: Array("\(prefix)/health".utf8), limit: 1))
    }

    func get(_ type: ResourceType, _ namespace: String?, _ name: String) async throws -> Current {
        let range = EtcdRange(key: key(type, namespace, name))
        let result = try await translating { try await client.range(range) }
        guard let stored = result.values.first else { throw APIError.notFound(type, name) }
        return try readOne(stored, type)
    }

    func create(
        _ type: ResourceType, _ namespace: String?, _ name: String, _ object: JSON
    ) async throws -> JSON {
        let key = key(type, namespace, name)
        let value = try encode(object, type, key)
        let result = try await translating {
            try await client.conditionally(
                EtcdConditional(key: key, modRevision: 0, change: .put(value)))
        }
        guard result.succeeded else { throw APIError.alreadyExists(type, name) }
        return object.settingResourceVersion(result.revision)
    }

    private func encode(_ object: JSON, _ type: ResourceType, _ key: [UInt8]) throws -> [UInt8] {
        do {
            let plaintext = try StoredObject.encode(object, as: type)
            return try currentRules.transformer(for: type).write(plaintext, etcdKey: key)
        } catch let error as TransformError {
            throw APIError.internalError(error.description)
        } catch {
            throw APIError.badRequest(
                "\(type.kind) in version \"\(type.version)\" cannot be handled as a "
                    + "\(type.kind): \(error)")
        }
    }

    /// Changes an object, reading and trying again as long as others are faster. An unchanged
    /// object is written only when its stored form is stale. `change` sees nil when there is
    /// no object; its result carries no resourceVersion.
    func update(
        _ type: ResourceType, _ namespace: String?, _ name: String,
        _ change: (Current?) throws -> JSON
    ) async throws -> (object: JSON, created: Bool) {
        let key = key(type, namespace, name)
        var stored = try await translating {
            try await client.range(EtcdRange(key: key)).values.first
        }
        while true {
            let current = try stored.map { try readOne($0, type) }
            let changed = try change(current)
            if let current, !current.isStale, changed == current.object {
                return (changed.settingResourceVersion(current.revision), false)
            }
            let request = EtcdConditional(
                key: key, modRevision: current?.revision ?? 0,
                change: .put(try encode(changed, type, key)))
            let result = try await translating { try await client.conditionally(request) }
            if result.succeeded {
                return (changed.settingResourceVersion(result.revision), current == nil)
            }
            stored = result.found
        }
    }

    /// Deletes an object after `check` has agreed; the object as it was.
    func delete(
        _ type: ResourceType, _ namespace: String?, _ name: String,
        check: (Current) throws -> Void
    ) async throws -> JSON {
        let key = key(type, namespace, name)
        var stored = try await translating {
            try await client.range(EtcdRange(key: key)).values.first
        }
        while true {
            guard let found = stored else { throw APIError.notFound(type, name) }
            let current = try readOne(found, type)
            try check(current)
            let request = EtcdConditional(
                key: key, modRevision: current.revision, change: .delete)
            let result = try await translating { try await client.conditionally(request) }
            if result.succeeded { return current.object }
            stored = result.found
        }
    }
}

extension ObjectStore {
    struct Page {
        let items: [JSON]
        let revision: Int64
        let continueToken: String?
        let remaining: Int64?
    }

    struct ListOptions {
        /// 0 for all.
        var limit: Int64 = 0
        var continueToken: String?
        /// The exact revision to read at; 0 for the newest.
        var revision: Int64 = 0
        /// The answer must be at least as new.
        var minimumRevision: Int64 = 0
        /// Only this object; read alone, so that others can't disturb.
        var name: String?
        /// Nil for every object.
        var selector: (@Sendable (JSON) -> Bool)?
    }

    /// etcd's answers are asked for in pieces of at most this many values.
    private static let chunk: Int64 = 10_000

    func list(
        _ type: ResourceType, _ namespace: String?, _ options: ListOptions
    ) async throws -> Page {
        let below = Array(location(type, namespace).utf8)
        var range = EtcdRange(key: below, end: Self.end(of: below), revision: options.revision)
        if let name = options.name {
            range.key = key(type, namespace, name)
            range.end = []
        }
        if let text = options.continueToken {
            let token = try ContinueToken.decode(text, below: below)
            range = EtcdRange(
                key: token.key, end: range.end, revision: max(0, token.revision))
        }
        let transformer = currentRules.transformer(for: type)
        var items: [JSON] = []
        var last: EtcdKeyValue?
        while true {
            range.limit = options.limit > 0 ? options.limit : Self.chunk
            let result = try await read(range, options, below: below)
            guard result.revision >= options.minimumRevision else {
                throw APIError.tooLargeResourceVersion(
                    options.minimumRevision, current: result.revision)
            }
            if range.revision == 0 { range.revision = result.revision }
            var taken: Int64 = 0
            for stored in result.values {
                if options.limit > 0, items.count >= options.limit { break }
                taken += 1
                last = stored
                let item = try readItem(stored, type, transformer)
                if options.selector?(item) ?? true { items.append(item) }
            }
            let left = result.count - taken
            guard left > 0, let last else {
                return Page(
                    items: items, revision: range.revision, continueToken: nil, remaining: nil)
            }
            range.key = last.key + [0]
            if options.limit > 0, items.count >= options.limit {
                let token = ContinueToken(revision: range.revision, key: range.key)
                return Page(
                    items: items, revision: range.revision,
                    continueToken: token.encode(below: below),
                    remaining: options.selector == nil ? left : nil)
            }
        }
    }

    /// Reads every object of a kind, page by page, and keeps none.
    func readAll(_ type: ResourceType) async throws {
        var options = ListOptions(limit: 1000)
        repeat {
            options.continueToken = try await list(type, nil, options).continueToken
        } while options.continueToken != nil
    }

    private func readItem(
        _ stored: EtcdKeyValue, _ type: ResourceType, _ transformer: ResourceTransformer
    ) throws -> JSON {
        do {
            let current = try read(stored, type, transformer)
            return current.object.settingResourceVersion(current.revision)
        } catch let error as TransformError {
            let key = String(decoding: stored.key, as: UTF8.self)
            throw APIError.internalError(
                "unable to transform key \(JSON.string(key).text): \(error)")
        } catch {
            throw APIError.unknown("\(error)")
        }
    }

    private func read(
        _ range: EtcdRange, _ options: ListOptions, below: [UInt8]
    ) async throws -> EtcdRangeResult {
        do { return try await client.range(range) } catch let failure as GRPCFailure {
            if failure.isCompacted {
                throw options.continueToken == nil
                    ? Self.expiredList : Self.expiredToken(range.key, below: below)
            }
            if failure.isFutureRevision {
                let now = try await translating {
                    try await client.range(EtcdRange(key: below, limit: 1)).revision
                }
                throw APIError.tooLargeResourceVersion(range.revision, current: now)
            }
            throw APIError.unknown(failure.description)
        }
    }

    static let expiredList = APIError(
        410, "Expired", "The resourceVersion for the provided list is too old.")

    /// A client may go on with the token in this answer, at the newest revision.
    static func expiredToken(_ key: [UInt8], below prefix: [UInt8]) -> APIError {
        APIError(
            410, "Expired",
            "The provided continue parameter is too old to display a consistent list result. You "
                + "can start a new list without the continue parameter, or use the continue token "
                + "in this response to retrieve the remainder of the results. Continuing with the "
                + "provided token results in an inconsistent list - objects that were created, "
                + "modified, or deleted between the time the first chunk was returned and now may "
                + "show up in the list.",
            continueToken: ContinueToken(revision: -1, key: key).encode(below: prefix))
    }

    /// The same for a token that is declared expired without having asked etcd.
    func expire(
        _ text: String, _ type: ResourceType, _ namespace: String?
    ) throws(APIError) -> APIError {
        let below = Array(location(type, namespace).utf8)
        let token = try ContinueToken.decode(text, below: below)
        return Self.expiredToken(token.key, below: below)
    }

    /// The first key after all that begin with the prefix, which ends with `/`.
    private static func end(of prefix: [UInt8]) -> [UInt8] {
        prefix.dropLast() + [UInt8(ascii: "/") + 1]
    }
}

extension JSON {
    func settingResourceVersion(_ revision: Int64) -> JSON {
        guard case .object(var members) = self else { return self }
        var metadata = members["metadata"]?.object ?? [:]
        metadata["resourceVersion"] = .string(String(revision))
        members["metadata"] = .object(metadata)
        return .object(members)
    }
}
