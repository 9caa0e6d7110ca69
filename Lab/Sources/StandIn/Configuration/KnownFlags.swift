/// kube-apiserver's arguments that RKE and its users pass and that mean nothing to the stand-in;
/// accepted so that a real command line starts it.
enum KnownFlags {
    /// Flags that may stand alone, without a value.
    static let switches: Set<String> = [
        "allow-privileged", "anonymous-auth", "contention-profiling",
        "enable-aggregator-routing", "enable-bootstrap-token-auth",
        "enable-garbage-collector", "enable-logs-handler", "enable-priority-and-fairness",
        "enable-swagger-ui", "encryption-provider-config-automatic-reload", "help",
        "kubelet-https", "logtostderr", "profiling", "service-account-lookup",
        "service-account-extend-token-expiration", "watch-cache",
        "authorization-webhook-cache-authorized-ttl", "version",
    ]

    static let ignored: Set<String> = [
        "admission-control", "admission-control-config-file", "advertise-address",
        "allow-metric-labels", "api-audiences", "apiserver-count", "audit-log-format",
        "audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize", "audit-log-mode",
        "audit-log-path", "audit-policy-file", "audit-webhook-config-file", "authentication-config",
        "authentication-token-webhook-cache-ttl", "authentication-token-webhook-config-file",
        "authorization-config", "authorization-mode", "authorization-webhook-config-file",
        "cert-dir", "cloud-config", "cloud-provider", "cors-allowed-origins",
        "default-not-ready-toleration-seconds", "default-unreachable-toleration-seconds",
        "default-watch-cache-size", "delete-collection-workers", "disable-admission-plugins",
        "egress-selector-config-file", "enable-admission-plugins", "endpoint-reconciler-type",
        "etcd-compaction-interval", "etcd-count-metric-poll-period", "etcd-healthcheck-timeout",
        "etcd-readycheck-timeout", "etcd-servers-overrides", "event-ttl", "external-hostname",
        "feature-gates", "goaway-chance", "http2-max-streams-per-connection", "insecure-port",
        "kubelet-certificate-authority", "kubelet-client-certificate", "kubelet-client-key",
        "kubelet-preferred-address-types", "kubelet-timeout", "kubernetes-service-node-port",
        "lease-reuse-duration-seconds", "livez-grace-period", "log-dir", "log-file",
        "log-flush-frequency", "logging-format", "master-service-namespace",
        "max-connection-bytes-per-sec", "max-mutating-requests-inflight",
        "max-requests-inflight", "min-request-timeout", "oidc-ca-file", "oidc-client-id",
        "oidc-groups-claim", "oidc-groups-prefix", "oidc-issuer-url", "oidc-required-claim",
        "oidc-signing-algs", "oidc-username-claim", "oidc-username-prefix", "permit-port-sharing",
        "proxy-client-cert-file", "proxy-client-key-file", "request-timeout",
        "requestheader-allowed-names", "requestheader-client-ca-file",
        "requestheader-extra-headers-prefix", "requestheader-group-headers",
        "requestheader-username-headers", "runtime-config", "service-account-api-audiences",
        "service-account-issuer", "service-account-jwks-uri", "service-account-key-file",
        "service-account-max-token-expiration", "service-account-signing-key-file",
        "service-cluster-ip-range", "service-node-port-range", "shutdown-delay-duration",
        "storage-backend", "storage-media-type", "stderrthreshold",
        "strict-transport-security-directives",
        "target-ram-mb", "tls-cipher-suites", "tls-min-version", "tls-sni-cert-key",
        "tracing-config-file", "v", "vmodule", "watch-cache-sizes",
    ]
}
