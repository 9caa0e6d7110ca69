/// Why the arguments can't be used; printed after `Error: `.
public struct UsageError: Error, CustomStringConvertible {
    public let description: String
}

/// What the stand-in needs of kube-apiserver's command line and of its own environment.
public struct ServerOptions: Sendable {
    public var etcdServers: [String] = []
    public var etcdCA: String?
    public var etcdCertificate: String?
    public var etcdKey: String?
    public var etcdPrefix = "/registry"
    public var bindAddress = "0.0.0.0"
    public var securePort = 6443
    public var certificate: String?
    public var privateKey: String?
    public var clientCA: String?
    /// Lines of `token,user,uid,"group,group"`.
    public var tokenFile: String?
    public var anonymousAuth = true
    public var encryptionConfig: String?
    public var automaticReload = false
    /// `STANDIN_VERSION`
    public var version = KubernetesVersion.standard
    /// `STANDIN_FAULTS`: a file of faults to inject.
    public var faultsFile: String?
    /// `STANDIN_RELOAD_SECONDS`: how often the configuration file is looked at.
    public var reloadSeconds: Double

    /// Reads arguments (without the program's name) in kube-apiserver's forms, `--a=b` and
    /// `--a b`, and the environment.
    public init(
        arguments: [String], environment: [String: String]
    ) throws(UsageError) {
        if let text = environment["STANDIN_VERSION"] {
            guard let version = KubernetesVersion(text) else {
                throw UsageError(description: "STANDIN_VERSION is no version: \(text)")
            }
            self.version = version
        }
        reloadSeconds =
            environment["STANDIN_RELOAD_SECONDS"].flatMap(Double.init) ?? version.reloadPollSeconds
        faultsFile = environment["STANDIN_FAULTS"]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            try take(argument, &rest)
        }
        guard !etcdServers.isEmpty else {
            throw UsageError(description: "--etcd-servers must be specified")
        }
    }

    private mutating func take(
        _ argument: String, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard argument.hasPrefix("-"), argument != "-", argument != "--" else {
            throw UsageError(description: "unknown command \"\(argument)\" for \"kube-apiserver\"")
        }
        let bare = argument.drop { $0 == "-" }
        let halves = bare.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(halves[0]).replacing("_", with: "-")
        guard isKnown(name) else { throw UsageError(description: "unknown flag: --\(name)") }
        if halves.count > 1 {
            try set(name, String(halves[1]))
        } else if KnownFlags.switches.contains(name) {
            try set(name, "true")
        } else if let value = rest.popFirst() {
            try set(name, value)
        } else {
            throw UsageError(description: "flag needs an argument: --\(name)")
        }
    }

    private static let used: Set<String> = [
        "etcd-servers", "etcd-cafile", "etcd-certfile", "etcd-keyfile", "etcd-prefix",
        "bind-address", "secure-port", "tls-cert-file", "tls-private-key-file", "client-ca-file",
        "token-auth-file",
    ]

    private func isKnown(_ name: String) -> Bool {
        switch name {
        case "encryption-provider-config": version.knowsEncryptionProviderConfig
        case "experimental-encryption-provider-config":
            version.knowsExperimentalEncryptionProviderConfig
        case "encryption-provider-config-automatic-reload": version.hasAutomaticReload
        default:
            Self.used.contains(name) || KnownFlags.switches.contains(name)
                || KnownFlags.ignored.contains(name)
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "etcd-servers": etcdServers = value.split(separator: ",").map(String.init)
        case "etcd-cafile": etcdCA = value
        case "etcd-certfile": etcdCertificate = value
        case "etcd-keyfile": etcdKey = value
        case "etcd-prefix": etcdPrefix = value
        case "bind-address": bindAddress = value
        case "secure-port":
            guard let port = Int(value), (1...65535).contains(port) else {
                throw invalid(name, value, "strconv.ParseInt: invalid syntax")
            }
            securePort = port
        case "tls-cert-file": certificate = value
        case "tls-private-key-file": privateKey = value
        case "client-ca-file": clientCA = value
        case "token-auth-file": tokenFile = value
        case "anonymous-auth": anonymousAuth = try flag(name, value)
        case "encryption-provider-config", "experimental-encryption-provider-config":
            encryptionConfig = value.isEmpty ? nil : value
        case "encryption-provider-config-automatic-reload":
            automaticReload = try flag(name, value)
        default: break
        }
    }

    private func flag(_ name: String, _ value: String) throws(UsageError) -> Bool {
        switch value {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default: throw invalid(name, value, "strconv.ParseBool: invalid syntax")
        }
    }

    private func invalid(_ name: String, _ value: String, _ why: String) -> UsageError {
        UsageError(
            description: "invalid argument \"\(value)\" for \"--\(name)\" flag: \(why)")
    }
}
