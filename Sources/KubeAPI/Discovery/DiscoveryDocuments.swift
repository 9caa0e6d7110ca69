internal import Basics
internal import EncryptionModel

/// What discovery found out about one group.
struct DiscoveredGroup: Sendable {
    let name: String
    var offers: [ServedResource] = []
    /// Why it couldn't be told what the group offers, or not all of it.
    var problem: Fault?
}

/// A group as it is asked for version by version, the preferred one first.
struct ClassicGroup: Sendable {
    let name: String
    let versions: [(path: String, version: String)]
}

/// What `/api` and `/apis` answer with, in any of the forms that we accept.
struct DiscoveryDocument: Decodable {
    /// Newest first: servers take the first form that they know.
    static let mediaTypes =
        ["v2", "v2beta1"].map {
            "application/json;g=apidiscovery.k8s.io;v=\($0);as=APIGroupDiscoveryList,"
        }.joined() + MediaType.json

    let kind: String
    /// Of `APIGroupDiscoveryList`.
    let items: [AggregatedGroup]?
    /// Of `APIVersions`.
    let versions: [String]?
    /// Of `APIGroupList`.
    let groups: [ListedGroup]?
}

/// `APIGroupDiscovery` (`k8s.io/api/apidiscovery/v2`): versions come in the order of preference.
struct AggregatedGroup: Decodable {
    struct Metadata: Decodable { let name: String? }

    struct Version: Decodable {
        let version: String
        let resources: [Resource]?
        /// `Stale` where the server that answers for the group can't be asked.
        let freshness: String?
    }

    struct Resource: Decodable {
        let resource: String
        let scope: String
        let verbs: [String]?
    }

    let metadata: Metadata?
    let versions: [Version]?

    var group: DiscoveredGroup {
        let name = metadata?.name ?? ""
        var result = DiscoveredGroup(name: name)
        for version in versions ?? [] {
            if version.freshness == "Stale" {
                result.problem = Fault(
                    .unreachable,
                    "the API can't tell what \(name)/\(version.version) offers, because the server "
                        + "behind it doesn't answer",
                    hint: "kubectl get apiservices shows which one is not available")
            }
            result.offers += (version.resources ?? []).map { resource in
                ServedResource(
                    name: GroupResource(resource: resource.resource, group: name),
                    version: version.version, isNamespaced: resource.scope == "Namespaced",
                    verbs: Set(resource.verbs ?? []))
            }
        }
        return result
    }
}

/// `APIGroup`.
struct ListedGroup: Decodable {
    struct Version: Decodable {
        let groupVersion: String
        let version: String
    }

    let name: String
    let versions: [Version]
    let preferredVersion: Version?

    var classic: ClassicGroup {
        let preferred = versions.filter { $0.version == preferredVersion?.version }
        let others = versions.filter { $0.version != preferredVersion?.version }
        return ClassicGroup(
            name: name,
            versions: (preferred + others).map { version in
                ("/apis/\(name.percentEncoded)/\(version.version.percentEncoded)", version.version)
            })
    }
}

/// `APIResourceList`.
struct ClassicResourceList: Decodable {
    struct Resource: Decodable {
        let name: String
        let namespaced: Bool
        let verbs: [String]?
    }

    let resources: [Resource]?

    /// Without subresources, whose names have a slash.
    func offers(group: String, version: String) -> [ServedResource] {
        (resources ?? []).filter { !$0.name.contains("/") }.map { resource in
            ServedResource(
                name: GroupResource(resource: resource.name, group: group), version: version,
                isNamespaced: resource.namespaced, verbs: Set(resource.verbs ?? []))
        }
    }
}

/// `APIServiceList`, of which only who answers counts.
struct APIServiceList: Decodable {
    struct Item: Decodable {
        struct Spec: Decodable {
            struct Service: Decodable {}

            let group: String?
            /// Nil for what kube-apiserver answers itself.
            let service: Service?
        }

        let spec: Spec
    }

    let items: [Item]?

    var foreignGroups: Set<String> {
        Set((items ?? []).compactMap { $0.spec.service == nil ? nil : $0.spec.group ?? "" })
    }
}
