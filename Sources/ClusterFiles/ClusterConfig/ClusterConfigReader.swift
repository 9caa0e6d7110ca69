public import Basics
public import YAML

/// Reads cluster.yml.
///
/// Whatever RKE has and we don't use passes unread. What we use is checked as strictly as it can
/// be, because a field that RKE would overlook (`adress`) could leave a node out of a rollout.
public struct ClusterConfigReader {
    /// Inline addons and certificates make real files long; a hundred times that is a mistake.
    public static let limits = YAMLLimits()

    private let file: String
    private let paths: PathResolver
    private let problems = DiagnosticCollector()

    /// - Parameters:
    ///   - source: the bytes of the file.
    ///   - file: its path: for messages, and what relative paths are relative to.
    ///   - environment: of the process; for `~` and variables in paths.
    /// - Throws: `Fault` with code `.badInput` that tells every error found (`DiagnosticList`).
    public static func read(
        _ source: SecretBytes, file: String, environment: [String: String]
    ) throws -> ClusterConfig {
        let root = try YAMLReader.read(source, file: file, options: YAMLOptions(limits: limits))
        let reader = ClusterConfigReader(
            file: file, paths: PathResolver(file: file, environment: environment))
        let config = reader.config(root)
        try reader.problems.throwIfAny(in: file)
        guard let config else {
            throw Fault(
                .badInput, "the file holds no cluster",
                hint: "A cluster.yml has at least «nodes:»; see cluster.example.yml.",
                place: Fault.Place(file: file, line: 1, column: 1))
        }
        return config
    }

    /// Reads the file of that name; blocking.
    ///
    /// - Throws: `Fault` as `read(_:file:environment:)`, also where there is no file.
    public static func load(
        _ file: String, environment: [String: String]
    ) throws -> ClusterConfig {
        guard let source = try LocalFile.read(file, limit: limits.bytes) else {
            throw Fault(
                .badInput, "there is no \(file)",
                hint: "Name the cluster's file with --config, or write one after "
                    + "cluster.example.yml.", place: Fault.Place(file: file))
        }
        return try read(source, file: file, environment: environment)
    }

    /// Nil only where there is nothing to read; what is wrong is in `problems`.
    private func config(_ root: YAMLNode) -> ClusterConfig? {
        guard let top = FieldReader(root, called: "cluster.yml", file: file, problems: problems)
        else { return nil }
        let fields = RKESchema.top
        let misspelt = top.checkNames(used: fields.used, known: fields.known)
        let access = AccessReader(top: top, paths: paths)
        let nodes = NodeReader(
            top: top, access: access, isMisspelt: misspelt.contains("nodes"))
        let services = top.section("services")
        services?.checkNames(
            used: RKESchema.services.used, known: RKESchema.services.known,
            meant: ["kube-apiserver": "kube-api", "apiserver": "kube-api"])
        let kubeAPI = services?.section("kube-api")
        kubeAPI?.checkNames(used: RKESchema.kubeAPI.used, known: RKESchema.kubeAPI.known)
        let authentication = top.section("authentication")
        authentication?.checkNames(
            used: RKESchema.authentication.used, known: RKESchema.authentication.known)
        return ClusterConfig(
            file: file,
            name: top.string("cluster_name") ?? "local",
            kubernetesVersion: top.string("kubernetes_version"),
            prefixPath: top.string("prefix_path") ?? "/",
            nodes: nodes.nodes(),
            bastion: access.bastion(),
            kubeAPI: KubeAPIConfig(
                extraArguments: kubeAPI?.stringMap("extra_args") ?? [:],
                extraArgumentLists: kubeAPI?.stringListMap("extra_args_array") ?? [:],
                extraBinds: kubeAPI?.strings("extra_binds") ?? [],
                extraEnvironment: kubeAPI?.strings("extra_env") ?? []),
            etcd: etcd(services?.section("etcd")),
            certificateNames: authentication?.strings("sans") ?? [],
            encryption: EncryptionBlockReader(file: file, paths: paths, problems: problems)
                .read(kubeAPI),
            settings: SettingsReader(paths: paths, problems: problems)
                .read(top.section("orchestrator")))
    }

    private func etcd(_ section: FieldReader?) -> EtcdConfig {
        section?.checkNames(used: RKESchema.etcd.used, known: RKESchema.etcd.known)
        guard let section else { return EtcdConfig(external: nil, extraArguments: [:]) }
        let arguments = section.stringMap("extra_args")
        let endpoints = section.strings("external_urls")
        guard !endpoints.isEmpty else {
            return EtcdConfig(external: nil, extraArguments: arguments)
        }
        for name in ["ca_cert", "cert", "key", "path"] where section.value(name)?.scalar == nil {
            problems.add(
                "etcd has external_urls but no \(name)",
                hint: "RKE needs ca_cert, cert, key and path for an external etcd.",
                at: section.place(of: "external_urls"))
        }
        return EtcdConfig(
            external: EtcdConfig.External(
                endpoints: endpoints, caCertificate: section.string("ca_cert") ?? "",
                clientCertificate: section.string("cert") ?? "",
                clientKey: section.secret("key") ?? SecretBytes(copying: []),
                prefix: section.string("path") ?? ""),
            extraArguments: arguments)
    }
}
