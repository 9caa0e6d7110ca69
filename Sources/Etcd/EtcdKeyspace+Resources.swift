internal import EncryptionModel

extension EtcdKeyspace {
    /// Which resource an object belongs to, told from its key without asking a server. What no table
    /// has, a resource of a later Kubernetes, is told by its folder alone.
    ///
    /// - Parameter key: without the prefix and the slash after it.
    func resource(of key: some Collection<UInt8>) -> GroupResource {
        let parts = key.prefix(512).split(
            separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false
        ).map { String(decoding: $0, as: UTF8.self) }
        let first = parts.first ?? ""
        let second = parts.count > 1 ? parts[1] : ""
        if let special = Self.resourceOfFolder["\(first)/\(second)"] { return special }
        if let special = Self.resourceOfFolder[first] { return special }
        // Groups of custom resources have a dot, resources never.
        if first.contains("."), parts.count > 1 {
            return GroupResource(resource: second, group: first)
        }
        return GroupResource(resource: first, group: Self.groupOfResource[first] ?? "")
    }

    private static let resourceOfFolder: [String: GroupResource] = [
        "controllers": GroupResource(resource: "replicationcontrollers"),
        "services/endpoints": GroupResource(resource: "endpoints"),
        "services/specs": GroupResource(resource: "services"),
        "minions": GroupResource(resource: "nodes"),
        "ingress": GroupResource(resource: "ingresses", group: "networking.k8s.io"),
        "podsecuritypolicy": GroupResource(resource: "podsecuritypolicies", group: "policy"),
    ]

    /// k8s.io/api, as of 1.36 and before.
    private static let resourcesOfGroup: [String: [String]] = [
        "admissionregistration.k8s.io": [
            "mutatingadmissionpolicies", "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations", "validatingadmissionpolicies",
            "validatingadmissionpolicybindings", "validatingwebhookconfigurations",
        ],
        "apps": [
            "controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets",
        ],
        "autoscaling": ["horizontalpodautoscalers"],
        "batch": ["cronjobs", "jobs"],
        "certificates.k8s.io": [
            "certificatesigningrequests", "clustertrustbundles", "podcertificaterequests",
        ],
        "coordination.k8s.io": ["leasecandidates", "leases"],
        "discovery.k8s.io": ["endpointslices"],
        "flowcontrol.apiserver.k8s.io": ["flowschemas", "prioritylevelconfigurations"],
        "internal.apiserver.k8s.io": ["storageversions"],
        "networking.k8s.io": ["ingressclasses", "ipaddresses", "networkpolicies", "servicecidrs"],
        "node.k8s.io": ["runtimeclasses"],
        "policy": ["poddisruptionbudgets"],
        "rbac.authorization.k8s.io": [
            "clusterrolebindings", "clusterroles", "rolebindings", "roles",
        ],
        "resource.k8s.io": [
            "deviceclasses", "devicetaintrules", "resourceclaims", "resourceclaimtemplates",
            "resourceslices",
        ],
        "scheduling.k8s.io": ["priorityclasses", "workloads"],
        "storage.k8s.io": [
            "csidrivers", "csinodes", "csistoragecapacities", "storageclasses",
            "volumeattachments", "volumeattributesclasses",
        ],
        "storagemigration.k8s.io": ["storageversionmigrations"],
    ]

    private static let groupOfResource = Dictionary(
        resourcesOfGroup.flatMap { group, names in names.map { ($0, group) } }
    ) { first, _ in first }
}
