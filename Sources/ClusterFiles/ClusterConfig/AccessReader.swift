internal import Basics
internal import YAML

/// Reads how machines are reached: addresses, `bastion_host` and the SSH fields, the cluster-wide
/// ones among them.
struct AccessReader {
    static let defaultPort = 22
    private static let defaultKeyPath = "~/.ssh/id_rsa"

    private let top: FieldReader
    private let paths: PathResolver
    private let problems: DiagnosticCollector
    private let clusterUsesAgent: Bool

    init(top: FieldReader, paths: PathResolver) {
        self.top = top
        self.paths = paths
        problems = top.problems
        clusterUsesAgent = top.bool("ssh_agent_auth") ?? false
    }

    /// Nil where it's missing or mistyped, which is then reported.
    func required(
        _ name: String, in fields: FieldReader, of what: String, _ misspelt: Set<String>
    ) -> String? {
        if let text = fields.string(name) { return text }
        let isMistyped = fields.value(name).map { $0.scalar == nil } ?? false
        if !isMistyped, !misspelt.contains(name) {
            problems.add("\(what) has no \(name)", at: fields.place(of: name))
        }
        return nil
    }

    /// A host name or an IP address, and nothing that people put around it.
    func address(_ fields: FieldReader, of what: String, _ misspelt: Set<String>) -> String? {
        guard let text = required("address", in: fields, of: what, misspelt) else { return nil }
        let colons = text.count { $0 == ":" }
        let hasStrangers = text.contains { $0.isWhitespace || "@/[]".contains($0) }
        guard hasStrangers || colons == 1 || text.hasPrefix("-") else { return text }
        problems.add(
            "address must be a host name or an IP address alone",
            hint: colons == 1 ? "The port goes into «port»." : "The user goes into «user».",
            at: fields.place(of: "address"))
        return nil
    }

    func bastion() -> BastionConfig? {
        guard let fields = top.section("bastion_host") else { return nil }
        let misspelt = fields.checkNames(
            used: RKESchema.bastion.used, known: RKESchema.bastion.known,
            meant: ["ip": "address", "host": "address"])
        let others = RKESchema.bastion.used.dropFirst().filter {
            fields.value($0)?.scalar?.bytes.isEmpty == false
                && fields.value($0)?.scalar?.bool != false
        }
        // «rke config» writes the block with empty strings where there is no bastion.
        if fields.string("address") == nil, others.isEmpty { return nil }
        let address = address(fields, of: "bastion_host", misspelt)
        let user = required("user", in: fields, of: "bastion_host", misspelt)
        let port = fields.integer("port", in: 1...65535)
        let credentials = credentials(fields)
        guard let address, let user else { return nil }
        return BastionConfig(
            address: address, port: port ?? Self.defaultPort, user: user,
            credentials: credentials, place: fields.place)
    }

    /// The node's own, else the cluster's. RKE lets an inline key win over a path.
    func credentials(_ fields: FieldReader) -> SSHCredentials {
        let key =
            fields.secret("ssh_key").map(SSHCredentials.Source.inline)
            ?? path("ssh_key_path", in: fields).map(SSHCredentials.Source.file)
            ?? path("ssh_key_path", in: top).map(SSHCredentials.Source.file)
            ?? .file(resolved(Self.defaultKeyPath, at: fields.place))
        let certificate =
            fields.secret("ssh_cert").map(SSHCredentials.Source.inline)
            ?? path("ssh_cert_path", in: fields).map(SSHCredentials.Source.file)
            ?? path("ssh_cert_path", in: top).map(SSHCredentials.Source.file)
        return SSHCredentials(
            useAgent: fields.bool("ssh_agent_auth") ?? clusterUsesAgent, privateKey: key,
            certificate: certificate)
    }

    private func path(_ name: String, in fields: FieldReader) -> String? {
        fields.string(name).map { resolved($0, at: fields.place(of: name)) }
    }

    private func resolved(_ path: String, at place: Fault.Place) -> String {
        do {
            return try paths.resolve(path)
        } catch {
            problems.addOnce(error.message, hint: error.hint, at: place)
            return path
        }
    }
}
