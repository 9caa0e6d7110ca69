public import EncryptionModel

/// Where kube-apiserver keeps the objects of a resource in etcd.
public struct EtcdKeyspace: Sendable, Hashable {
    /// The value of `--etcd-prefix` with one slash at its start and none at its end.
    public let prefix: String

    public init(prefix: String = "/registry") {
        // kube-apiserver joins paths (storage/etcd3/store.go), which ends in the same form.
        self.prefix = "/" + prefix.split(separator: "/").joined(separator: "/")
    }

    /// The range that holds all objects of the resource and nothing else.
    public func range(of resource: GroupResource) -> EtcdKeyRange {
        let root = prefix == "/" ? "" : prefix
        return EtcdKeyRange(under: "\(root)/\(Self.folder(of: resource))/")
    }

    /// `namespace/name`, or `name` for what has no namespace.
    func objectName(of key: [UInt8], in range: EtcdKeyRange) -> String {
        String(decoding: key.dropFirst(range.start.count), as: UTF8.self)
    }

    /// For what kube-apiserver itself serves, the storage factory's folder is the resource alone
    /// (`ResourcePrefix`, apiserver/pkg/server/storage/storage_factory.go). Custom resources, and
    /// what the servers for `apiextensions.k8s.io` and `apiregistration.k8s.io` keep, have the
    /// group before it.
    private static func folder(of resource: GroupResource) -> String {
        if let special = specialFolders[resource] { return special }
        return GroupResource.ownGroups.contains(resource.group)
            ? resource.resource : "\(resource.group)/\(resource.resource)"
    }

    /// `SpecialDefaultResourcePrefixes` of pkg/kubeapiserver/default_storage_factory_builder.go;
    /// the policies until 1.24, when they were dropped.
    private static let specialFolders: [GroupResource: String] = [
        GroupResource(resource: "replicationcontrollers"): "controllers",
        GroupResource(resource: "endpoints"): "services/endpoints",
        GroupResource(resource: "nodes"): "minions",
        GroupResource(resource: "services"): "services/specs",
        GroupResource(resource: "ingresses", group: "extensions"): "ingress",
        GroupResource(resource: "ingresses", group: "networking.k8s.io"): "ingress",
        GroupResource(resource: "podsecuritypolicies", group: "extensions"): "podsecuritypolicy",
        GroupResource(resource: "podsecuritypolicies", group: "policy"): "podsecuritypolicy",
    ]
}

/// The keys from `start` up to, but not including, `end`.
public struct EtcdKeyRange: Sendable, Hashable {
    public let start: [UInt8]
    public let end: [UInt8]

    public init(start: [UInt8], end: [UInt8]) {
        self.start = start
        self.end = end
    }

    /// All keys that begin with the folder, which ends in a slash.
    init(under folder: String) {
        let start = Array(folder.utf8)
        self.init(start: start, end: start.dropLast() + [UInt8(ascii: "/") + 1])
    }

    func contains(_ key: [UInt8]) -> Bool {
        !key.lexicographicallyPrecedes(start) && key.lexicographicallyPrecedes(end)
    }

    /// What is left after `key`: the smallest key greater than it is the same with a zero byte.
    func after(_ key: [UInt8]) -> EtcdKeyRange {
        EtcdKeyRange(start: key + [0], end: end)
    }
}
