public import Basics
internal import HTTP
internal import YAML

/// Reads kubeconfig files (`k8s.io/client-go/tools/clientcmd/api/v1/types.go`), YAML or JSON.
///
/// What can't be done as the file says is an error, never left out: a client that silently ignored
/// `proxy-url` or an exec plugin would speak to another server or as somebody else.
public enum Kubeconfig {
    /// - Parameters:
    ///   - path: the file; paths in it are taken relative to its folder.
    ///   - context: the context to use instead of `current-context`.
    /// - Throws: a `Fault` of code `badInput`, with file, line and column.
    public static func load(_ path: String, context: String? = nil) throws -> APIAccess {
        let source: SecretBytes
        do {
            source = try CredentialFile.read(path)
        } catch {
            throw Fault(
                .badInput, "the kubeconfig can't be read: \(error.message)",
                hint: "--kubeconfig or $KUBECONFIG tells where it is",
                place: Fault.Place(file: path))
        }
        return try read(source, file: path, context: context)
    }

    /// - Parameter file: what messages call the source, and what paths in it are relative to.
    public static func read(
        _ source: SecretBytes, file: String, context: String? = nil
    ) throws -> APIAccess {
        let root = try KubeconfigSection(
            YAMLReader.read(source, file: file), called: "the kubeconfig", file: file)
        if let kind = root.text("kind"), kind != "Config" {
            throw root.fault("kind", "this is a \(kind), not a kubeconfig (kind: Config)")
        }
        let chosen = try self.context(named: context, in: root)
        let cluster = try entry("cluster", named: chosen.cluster, in: "clusters", of: root)
        let user = try chosen.user.map { try entry("user", named: $0, in: "users", of: root) }
        return try access(cluster, user)
    }

    private static func context(
        named name: String?, in root: KubeconfigSection
    ) throws -> (cluster: Named, user: Named?) {
        guard let name = name ?? root.text("current-context") else {
            throw root.fault(
                "current-context", "no context is chosen",
                hint: "kubectl config use-context chooses one")
        }
        let place = root.place(of: "current-context")
        let context = try entry(
            "context", named: Named(name: name, place: place), in: "contexts", of: root)
        guard let cluster = context.named("cluster") else {
            throw context.fault("cluster", "the context \(name) names no cluster")
        }
        return (cluster, context.named("user"))
    }

    /// The one element of the list that has the name.
    private static func entry(
        _ what: String, named wanted: Named, in list: String, of root: KubeconfigSection
    ) throws -> KubeconfigSection {
        let elements = try root.elements(list)
        let matches = elements.filter { $0.text("name") == wanted.name }
        if matches.count > 1 {
            throw matches[1].fault("name", "there are two \(list) named \(wanted.name)")
        }
        guard let match = matches.first else {
            let known = elements.compactMap { $0.text("name") }.joined(separator: ", ")
            throw Fault(
                .badInput, "there is no \(what) \(wanted.name) in \(list)",
                hint: known.isEmpty ? "\(list) is empty" : "there is \(known)", place: wanted.place)
        }
        return try match.section(what)
    }

    private static func access(
        _ cluster: KubeconfigSection, _ user: KubeconfigSection?
    ) throws -> APIAccess {
        try cluster.refuse(
            "proxy-url",
            hint: "reach the API through SSH instead (orchestrator.api_access: ssh), or set "
                + "HTTPS_PROXY")
        let server = try ServerAddress(in: cluster)
        return APIAccess(
            host: server.host, port: server.port, pathPrefix: server.path,
            serverName: cluster.text("tls-server-name"), trust: try trust(in: cluster),
            identity: try user.flatMap(identity), token: try user.flatMap(token))
    }

    private static func trust(
        in cluster: KubeconfigSection
    ) throws -> HTTPClientConfiguration.Trust {
        let authorities = try cluster.data("certificate-authority", holding: "CERTIFICATE")
        if try cluster.flag("insecure-skip-tls-verify") {
            // As client-go: which of the two is meant can't be told.
            guard authorities == nil else {
                throw cluster.fault(
                    "insecure-skip-tls-verify",
                    "insecure-skip-tls-verify and a certificate authority exclude each other",
                    hint: "remove insecure-skip-tls-verify")
            }
            return .insecure
        }
        return authorities.map { .authorities(pem: $0.exposedBytes()) } ?? .system
    }

    private static func identity(
        of user: KubeconfigSection
    ) throws -> HTTPClientConfiguration.Identity? {
        let certificate = try user.data("client-certificate", holding: "CERTIFICATE")
        let key = try user.data("client-key", holding: "PRIVATE KEY")
        switch (certificate, key) {
        case (nil, nil): return nil
        case (.some, nil):
            throw user.fault("client-certificate", "the client certificate has no client-key")
        case (nil, .some):
            throw user.fault("client-key", "the client key has no client-certificate")
        case (let certificate?, let key?):
            return .init(certificatePEM: certificate.exposedBytes(), keyPEM: key)
        }
    }

    private static func token(of user: KubeconfigSection) throws -> APIAccess.Token? {
        let hint =
            "use a kubeconfig with a client certificate or a token: RKE's "
            + "kube_config_<cluster.yml>, or a token from kubectl create token"
        try user.refuse("exec", hint: hint)
        try user.refuse("auth-provider", hint: hint)
        // Kubernetes itself dropped passwords with 1.19.
        try user.refuse("username", hint: hint)
        try user.refuse("as", hint: "use credentials that have the rights themselves")
        // client-go takes the file where both are given.
        if let path = user.text("tokenFile") { return .file(user.resolved(path)) }
        return user.secret("token").map(APIAccess.Token.fixed)
    }
}

/// A name with where it is written.
struct Named {
    let name: String
    let place: Fault.Place
}

/// Where the API is, from a cluster's `server`.
private struct ServerAddress {
    let host: String
    let port: Int
    let path: String

    init(in cluster: KubeconfigSection) throws {
        guard let url = cluster.text("server") else {
            throw cluster.fault("server", "the cluster has no server")
        }
        let example = "it is written like https://192.0.2.10:6443"
        guard url.hasPrefix("https://") else {
            throw cluster.fault(
                "server", "the server isn't an https URL", hint: example)
        }
        let rest = url.dropFirst("https://".count)
        let authority = rest.prefix { $0 != "/" }
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path.removeLast() }
        guard !rest.contains(where: { "@?#\\ \"<>".contains($0) || !$0.isASCII || $0.isNewline }),
            let (host, port) = Self.split(authority)
        else {
            throw cluster.fault("server", "the server's URL can't be understood", hint: example)
        }
        self.host = host
        self.port = port
        self.path = String(path)
    }

    /// Host and port, an IPv6 address in brackets.
    private static func split(_ authority: Substring) -> (String, Int)? {
        let host: Substring
        var rest: Substring
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
            guard host.contains(":") else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority.dropFirst(host.count)
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return (String(host), 443) }
        guard rest.removeFirst() == ":", let port = Int(rest), (1...65535).contains(port) else {
            return nil
        }
        return (String(host), port)
    }
}
