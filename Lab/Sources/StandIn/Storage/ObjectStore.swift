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

    func location(_ type: ResourceType, _ namespace: String?) -> String {
        "\(prefix)/\(type.storagePrefix)/" + (namespace.map { "\($0)/" } ?? "")
    }

    func key(_ type: ResourceType, _ namespace: String?, _ name: String) -> [UInt8] {
        Array((location(type, namespace) + name).utf8)
    }

    /// The full key of an object in etcd.
    func keyText(_ type: ResourceType, _ namespace: String?, _ name: String) -> String {
        location(type, namespace) + name
    }

    func read(
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

    func translating<T>(_ work: () async throws -> T) async throws -> T {
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

extension JSON {
    func settingResourceVersion(_ revision: Int64) -> JSON {
        guard case .object(var members) = self else { return self }
        var metadata = members["metadata"]?.object ?? [:]
        metadata["resourceVersion"] = .string(String(revision))
        members["metadata"] = .object(metadata)
        return .object(members)
    }
}
