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
