/// A kind of object that is served.
struct ResourceType: Sendable {
    let group: String
    let version: String
    /// The plural name in paths.
    let resource: String
    let singular: String
    let kind: String
    let shortNames: [String]
    let isNamespaced: Bool
    /// How it lies in protobuf; nil for a custom resource, which is stored as JSON.
    let schema: Schema?
    /// Where its keys begin, below the etcd prefix.
    let storagePrefix: String
    /// PUT of a name that isn't there creates it.
    let createsOnUpdate: Bool
    /// PUT without a resourceVersion overwrites whatever is there.
    var allowsUnconditionalUpdate: Bool { !createsOnUpdate }

    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    var isCustom: Bool { schema == nil }
    /// `secrets`, `leases.coordination.k8s.io`
    var groupResource: String { group.isEmpty ? resource : "\(resource).\(group)" }

    static let all: [ResourceType] = [namespaces, secrets, configMaps, leases, widgets]

    static let namespaces = ResourceType(
        group: "", version: "v1", resource: "namespaces", singular: "namespace",
        kind: "Namespace", shortNames: ["ns"], isNamespaced: false, schema: .namespace,
        storagePrefix: "namespaces", createsOnUpdate: false)

    static let secrets = ResourceType(
        group: "", version: "v1", resource: "secrets", singular: "secret", kind: "Secret",
        shortNames: [], isNamespaced: true, schema: .secret, storagePrefix: "secrets",
        createsOnUpdate: false)

    static let configMaps = ResourceType(
        group: "", version: "v1", resource: "configmaps", singular: "configmap",
        kind: "ConfigMap", shortNames: ["cm"], isNamespaced: true, schema: .configMap,
        storagePrefix: "configmaps", createsOnUpdate: false)

    static let leases = ResourceType(
        group: "coordination.k8s.io", version: "v1", resource: "leases", singular: "lease",
        kind: "Lease", shortNames: [], isNamespaced: true, schema: .lease,
        storagePrefix: "leases", createsOnUpdate: true)

    /// The one custom resource, as if its definition had been created.
    static let widgets = ResourceType(
        group: "lab.example.com", version: "v1", resource: "widgets", singular: "widget",
        kind: "Widget", shortNames: [], isNamespaced: true, schema: nil,
        storagePrefix: "lab.example.com/widgets", createsOnUpdate: true)
}
