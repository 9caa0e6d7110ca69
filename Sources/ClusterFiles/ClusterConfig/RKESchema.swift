/// The fields of RKE's cluster.yml (rancher/rke `types/rke_types.go`, as of v1.6): what of them is
/// read here, and what isn't but must not be taken for a misspelling.
enum RKESchema {
    struct Fields {
        let used: [String]
        let known: Set<String>
    }

    static let top = Fields(
        used: [
            "nodes", "services", "bastion_host", "ssh_key_path", "ssh_cert_path", "ssh_agent_auth",
            "kubernetes_version", "cluster_name", "prefix_path", "authentication", "orchestrator",
        ],
        known: [
            "network", "addons", "addons_include", "system_images", "authorization",
            "ignore_docker_version", "enable_cri_dockerd", "private_registries", "ingress",
            "cloud_provider", "win_prefix_path", "addon_job_timeout", "monitoring", "restore",
            "rotate_certificates", "rotate_encryption_key", "dns", "upgrade_strategy",
            "cri_dockerd_stream_server_address", "cri_dockerd_stream_server_port",
        ])

    static let node = Fields(
        used: [
            "address", "port", "user", "role", "internal_address", "hostname_override",
            "ssh_key", "ssh_key_path", "ssh_cert", "ssh_cert_path", "ssh_agent_auth",
            "docker_socket",
        ],
        known: ["nodeName", "labels", "taints"])

    static let bastion = Fields(
        used: [
            "address", "port", "user", "ssh_key", "ssh_key_path", "ssh_cert", "ssh_cert_path",
            "ssh_agent_auth",
        ],
        known: ["ignore_proxy_env_vars"])

    static let services = Fields(
        used: ["kube-api", "etcd"],
        known: ["kube-controller", "scheduler", "kubelet", "kubeproxy"])

    private static let service: Set = [
        "image", "win_extra_args", "win_extra_args_array", "win_extra_binds", "win_extra_env",
    ]

    static let kubeAPI = Fields(
        used: [
            "extra_args", "extra_args_array", "extra_binds", "extra_env",
            "secrets_encryption_config",
        ],
        known: service.union([
            "service_cluster_ip_range", "service_node_port_range", "pod_security_configuration",
            "pod_security_policy", "always_pull_images", "audit_log", "admission_configuration",
            "event_rate_limit",
        ]))

    static let etcd = Fields(
        used: ["external_urls", "ca_cert", "cert", "key", "path", "extra_args"],
        known: service.union([
            "uid", "gid", "snapshot", "retention", "creation", "backup_config",
            "extra_args_array", "extra_binds", "extra_env",
        ]))

    static let authentication = Fields(used: ["sans"], known: ["strategy", "webhook"])

    static let encryption = Fields(
        used: [
            "enabled", "custom_config", "custom_config_file", "provider", "resources",
            "allow_unencrypted_reads",
        ], known: [])
}
