internal import Basics
public import EncryptionModel

/// Everything that a cluster's API offers, as one of its servers tells.
public struct Discovery: Sendable {
    /// Every resource once per version that serves it, the group's preferred version first.
    let offers: [ServedResource]
    /// Groups of which the server couldn't tell what they offer, with the reason. They are those
    /// of aggregated servers that are down.
    let silentGroups: [String: Fault]
    /// Groups that other servers answer for (`APIService`). What these store isn't in
    /// kube-apiserver's etcd, and its provider config doesn't reach it. Nil where we may not know,
    /// which does no harm as long as no wildcard has to be expanded.
    let foreignGroups: Set<String>?

    init(
        offers: [ServedResource], silentGroups: [String: Fault] = [:],
        foreignGroups: Set<String>? = []
    ) {
        self.offers = offers
        self.silentGroups = silentGroups
        self.foreignGroups = foreignGroups
    }

    /// The version to use for a resource: the preferred one, or else the first that has it and can
    /// both list and patch.
    ///
    /// - Throws: a `Fault` where nobody serves it, or not so that it could be rewritten.
    public func resource(_ name: GroupResource) throws -> ServedResource {
        let versions = offers.filter { $0.name == name }
        if let usable = versions.first(where: \.isRewritable) { return usable }
        if let known = versions.first {
            throw Fault(
                .notFound,
                "\(name) can't be rewritten: the API offers only "
                    + known.verbs.sorted().joined(separator: ", ") + " for it",
                hint: "take it out of the resources to encrypt, or out of the wildcard's way")
        }
        if let reason = silentGroups[name.group] {
            throw reason.during("looking for \(name) in the API")
        }
        throw Fault(
            .notFound, "the API serves no resource \(name)",
            hint: "resources are written in plural with their group, such as secrets or "
                + "deployments.apps; \(suggestion(for: name))")
    }

    /// The resources that a pattern of a provider config covers, sorted.
    ///
    /// A wildcard covers what kube-apiserver itself stores and can rewrite; a resource named in
    /// full must be there.
    ///
    /// - Throws: a `Fault` where a named resource isn't served, or where it can't be told what a
    ///   wildcard covers.
    public func resources(matching pattern: ResourcePattern) throws -> [ServedResource] {
        guard pattern.text.hasPrefix("*.") else {
            return [try resource(GroupResource(pattern: pattern))]
        }
        guard let foreignGroups else {
            throw Fault(
                .denied, "it can't be told what \(pattern) covers: we may not list apiservices",
                hint: "use the credentials of a cluster administrator, or name the resources")
        }
        let group = String(pattern.text.dropFirst(2))
        let isCovered: (String) -> Bool = { group == "*" || $0 == group }
        if let (silent, reason) = silentGroups.sorted(by: { $0.key < $1.key }).first(where: {
            isCovered($0.key) && !foreignGroups.contains($0.key)
        }) {
            throw reason.during("looking for what \(pattern) covers in group \(silent)")
        }
        let covered = offers.filter { isCovered($0.name.group) && $0.isRewritable }
        return try Set(covered.map(\.name))
            .filter { !foreignGroups.contains($0.group) && !isAlias($0) }
            .sorted().map(resource)
    }

    /// Events are offered in two groups but stored once, as the core group's.
    private func isAlias(_ name: GroupResource) -> Bool {
        name == GroupResource(resource: "events", group: "events.k8s.io")
    }

    private func suggestion(for name: GroupResource) -> String {
        let others = Set(offers.map(\.name).filter { $0.resource == name.resource }).sorted()
        return others.isEmpty
            ? "if it was a custom resource, is its definition installed?"
            : "there is \(others.map(\.description).joined(separator: ", "))"
    }
}

extension APIServer {
    /// Asks for all that the API offers.
    ///
    /// From 1.26 two requests tell it (`apidiscovery.k8s.io`: beta from 1.27, stable from 1.30);
    /// older servers are asked group by group.
    public func discovery() async throws -> Discovery {
        try await told("asking what the API offers") {
            async let core = discover("/api")
            async let groups = discover("/apis")
            async let foreign = foreignGroups()
            let found = try await core + groups
            return Discovery(
                offers: found.flatMap(\.offers),
                silentGroups: Dictionary(
                    found.compactMap { group in group.problem.map { (group.name, $0) } },
                    uniquingKeysWith: { first, _ in first }),
                foreignGroups: try await foreign)
        }
    }

    private func discover(_ path: String) async throws -> [DiscoveredGroup] {
        let response = try await exchanger.send(
            request("GET", path, accept: DiscoveryDocument.mediaTypes), limit: 64 << 20)
        guard response.status == 200 else {
            throw APIFailure(head: response.head, body: response.body)
        }
        let document = try decode(DiscoveryDocument.self, from: response.body)
        switch document.kind {
        case "APIGroupDiscoveryList": return (document.items ?? []).map(\.group)
        case "APIVersions":
            return try await discover(classic: [
                .init(name: "", versions: (document.versions ?? []).map { ("/api/\($0)", $0) })
            ])
        case "APIGroupList":
            return try await discover(classic: (document.groups ?? []).map(\.classic))
        default:
            throw Fault(.remote, "\(path) answers with kind \(document.kind)")
        }
    }

    /// One request per version of a group, a few at a time.
    private func discover(classic groups: [ClassicGroup]) async throws -> [DiscoveredGroup] {
        try await withThrowingTaskGroup(of: (Int, DiscoveredGroup).self) { tasks in
            var found = [DiscoveredGroup?](repeating: nil, count: groups.count)
            for (index, group) in groups.enumerated() {
                if index >= 8, let (done, result) = try await tasks.next() { found[done] = result }
                tasks.addTask { (index, try await discover(classic: group)) }
            }
            for try await (done, result) in tasks { found[done] = result }
            return found.compactMap(\.self)
        }
    }

    private func discover(classic group: ClassicGroup) async throws -> DiscoveredGroup {
        var result = DiscoveredGroup(name: group.name)
        for (path, version) in group.versions {
            let response = try await exchanger.send(request("GET", path), limit: 16 << 20)
            switch response.status {
            case 200:
                let list = try decode(ClassicResourceList.self, from: response.body)
                result.offers += list.offers(group: group.name, version: version)
            case 401, 403: throw APIFailure(head: response.head, body: response.body)
            default:
                let failure = APIFailure(head: response.head, body: response.body)
                result.problem = failure.fault("asking what \(path) offers")
            }
        }
        return result
    }

    /// Groups that an aggregated server answers for; nil where we may not know.
    private func foreignGroups() async throws -> Set<String>? {
        let response = try await exchanger.send(
            request("GET", "/apis/apiregistration.k8s.io/v1/apiservices"), limit: 64 << 20)
        // Without the aggregation layer nothing is aggregated.
        if response.status == 404 { return [] }
        if response.status == 403 { return nil }
        guard response.status == 200 else {
            throw APIFailure(head: response.head, body: response.body)
        }
        return try decode(APIServiceList.self, from: response.body).foreignGroups
    }
}
