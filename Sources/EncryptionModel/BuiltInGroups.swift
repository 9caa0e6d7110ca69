extension GroupResource {
    /// Whether kube-apiserver itself serves its group; else it is a custom resource, or an
    /// aggregated server's.
    public var isBuiltIn: Bool {
        Self.ownGroups.contains(group)
            || ["apiextensions.k8s.io", "apiregistration.k8s.io"].contains(group)
    }

    /// The groups of kube-apiserver's own storage (k8s.io/api), old ones included.
    public static let ownGroups: Set<String> = [
        "", "admissionregistration.k8s.io", "apps", "auditregistration.k8s.io",
        "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch",
        "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
        "extensions", "flowcontrol.apiserver.k8s.io", "imagepolicy.k8s.io",
        "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "policy",
        "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "settings.k8s.io",
        "storage.k8s.io", "storagemigration.k8s.io",
    ]
}
