internal import EncryptionModel
internal import YAML

/// Reads the provider `kms` of a provider config.
struct KMSReader {
    let body: FieldReader

    /// Nil where something is wrong, which is then in the diagnostics.
    func read() -> KMSPlugin? {
        body.checkNames(
            used: ["apiVersion", "name", "endpoint", "cachesize", "timeout"], unknown: .refused)
        // kube-apiserver's default is v1.
        let version = version()
        let name = required("name")
        let endpoint = required("endpoint")
        if let endpoint, !endpoint.hasPrefix("unix:/") {
            body.problems.add(
                "the endpoint of a kms must be a Unix socket",
                hint: "As in «unix:///var/run/kmsplugin/socket.sock».",
                at: body.place(of: "endpoint"))
        }
        let timeout = timeout()
        guard let version, let name, let endpoint else { return nil }
        if version == .v2, body.value("cachesize") != nil {
            body.problems.add(
                "cachesize has no meaning for kms v2", hint: "Remove it.",
                at: body.place(of: "cachesize"))
        }
        if version == .v2, name.contains(":") {
            body.problems.add("the name of a kms v2 can't hold a colon", at: body.place(of: "name"))
        }
        return KMSPlugin(
            version: version, name: name, endpoint: endpoint, cacheSize: cacheSize(),
            timeout: timeout)
    }

    private func version() -> KMSPlugin.Version? {
        guard body.value("apiVersion") != nil else { return .v1 }
        if let version = body.string("apiVersion").flatMap(KMSPlugin.Version.init) {
            return version
        }
        body.problems.add(
            "the apiVersion of a kms must be v1 or v2", at: body.place(of: "apiVersion"))
        return nil
    }

    private func required(_ name: String) -> String? {
        guard let text = body.string(name) else {
            if body.value(name)?.scalar != nil || body.value(name) == nil {
                body.problems.add("the kms has no \(name)", at: body.place(of: name))
            }
            return nil
        }
        // To kube-apiserver, which decodes YAML as JSON, an unquoted `yes` or `12` is no string.
        if let node = body.value(name), node.scalar?.resolved != .string {
            body.problems.add(
                "\(name) must be a string, not \(node.kind)", hint: "Put it in quotes.",
                at: body.place(of: name))
        }
        return text
    }

    private func timeout() -> String? {
        guard let text = body.string("timeout") else { return nil }
        guard let duration = Duration(goSyntax: text), duration > .zero else {
            body.problems.add(
                "timeout must be a positive duration", hint: "As in 3s.",
                at: body.place(of: "timeout"))
            return nil
        }
        return text
    }

    /// A negative size switches the cache off; 0 is refused by kube-apiserver.
    private func cacheSize() -> Int? {
        guard let size = body.integer("cachesize", in: -1_000_000_000...1_000_000_000) else {
            return nil
        }
        if body.value("cachesize")?.scalar?.integer == nil {
            body.problems.add(
                "cachesize must be a whole number without quotes", at: body.place(of: "cachesize"))
        }
        if size == 0 {
            body.problems.add(
                "cachesize can't be 0", hint: "A negative size switches the cache off.",
                at: body.place(of: "cachesize"))
        }
        return size
    }
}
