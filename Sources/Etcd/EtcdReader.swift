internal import Basics
public import EncryptionModel
public import HTTP

/// Reads what etcd really holds.
///
/// Of a value only the form is kept, and its bytes nowhere; the memory needed doesn't depend on
/// how many values there are, nor on their sizes.
public struct EtcdReader: Sendable {
    let gateway: EtcdGateway
    private let attempts: Int

    /// - Parameters:
    ///   - exchanger: speaks to one etcd server, with a client certificate that it accepts.
    ///   - baseURL: `https://host:port` of its client address.
    ///   - attempts: how often reading starts anew when etcd's history is compacted meanwhile.
    public init(exchanger: any HTTPExchanger, baseURL: String, attempts: Int = 5) {
        gateway = EtcdGateway(exchanger: exchanger, baseURL: baseURL)
        self.attempts = max(1, attempts)
    }

    /// Reads every value of the resources, all at one revision, and counts their forms.
    ///
    /// A resource without any value is in the result with no counts.
    ///
    /// - Parameter prefix: kube-apiserver's `--etcd-prefix`.
    /// - Throws: a `Fault` unless all of it was read; there is no partial result.
    public func evidence(
        of resources: [GroupResource], prefix: String = "/registry"
    ) async throws -> Evidence {
        let keyspace = EtcdKeyspace(prefix: prefix)
        Failpoint.pass("evidence.begun")
        return try await restarting {
            var evidence = Evidence()
            for resource in resources where evidence.counts[resource] == nil {
                var counts: [StoredForm: Int] = [:]
                evidence.revision = try await walk(
                    keyspace.range(of: resource), revision: evidence.revision
                ) { page in
                    for entry in page { counts[entry.form, default: 0] += 1 }
                    return true
                }
                evidence.counts[resource] = counts
            }
            Failpoint.pass("evidence.ended")
            return evidence
        }
    }

    /// Names up to `limit` objects that are stored in none of the expected forms, in etcd's order:
    /// `namespace/name`, or `name` for what has no namespace.
    public func objects(
        of resource: GroupResource, notIn expected: Set<StoredForm>, limit: Int,
        prefix: String = "/registry"
    ) async throws -> [String] {
        let keyspace = EtcdKeyspace(prefix: prefix)
        let range = keyspace.range(of: resource)
        return try await restarting {
            var names: [String] = []
            try await walk(range, revision: nil) { page in
                for entry in page where !expected.contains(entry.form) && names.count < limit {
                    names.append(keyspace.objectName(of: entry.key, in: range))
                }
                return names.count < limit
            }
            return names
        }
    }

    /// Repeats `body` while etcd's history is compacted under it.
    private func restarting<Result>(_ body: () async throws -> Result) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let fault as Fault {
                guard (fault.cause as? EtcdRefusal)?.isAboutRevision == true else { throw fault }
                guard attempt < attempts else {
                    throw Fault(
                        .conflict,
                        "etcd's history was compacted in each of \(attempts) readings: "
                            + fault.message,
                        hint: "Try again; if it stays so, find out who compacts etcd so often.",
                        cause: fault)
                }
                attempt += 1
            }
        }
    }

    /// Goes through a range in pages until its end or until `visit` returns false.
    ///
    /// - Parameter revision: nil for the newest.
    /// - Returns: the revision at which all of it was read.
    @discardableResult
    private func walk(
        _ range: EtcdKeyRange, revision: Int64?, visit: ([RangeAnswer.Entry]) -> Bool
    ) async throws -> Int64 {
        var cursor = RangeCursor(range, revision: revision, server: gateway.baseURL)
        while let rest = cursor.rest {
            try Task.checkCancellation()
            let page = try await gateway.range(
                rest, limit: cursor.pageSize.keys, revision: cursor.revision)
            try cursor.advance(over: page)
            Failpoint.pass("evidence.page")
            cursor.pageSize.adapt(
                keys: page.entries.count, bytes: page.bytes)
            guard visit(page.entries) else { break }
        }
        guard let revision = cursor.revision else {
            throw Fault(.remote, "\(gateway.baseURL): etcd's answer names no revision")
        }
        return revision
    }
}
