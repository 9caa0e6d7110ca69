internal import Basics
internal import YAML

/// Reads `nodes`.
struct NodeReader {
    private static let defaultDockerSocket = "/var/run/docker.sock"

    private let top: FieldReader
    private let access: AccessReader
    private let file: String
    private let problems: DiagnosticCollector
    private let isMisspelt: Bool

    /// - Parameter isMisspelt: a field that was probably meant to be `nodes` has been reported.
    init(top: FieldReader, access: AccessReader, isMisspelt: Bool) {
        self.top = top
        self.access = access
        self.isMisspelt = isMisspelt
        file = top.file
        problems = top.problems
    }

    func nodes() -> [NodeConfig] {
        let problemsBefore = problems.count
        let elements = top.elements("nodes", of: "nodes")
        let nodes = elements.enumerated().compactMap { node($1, number: $0 + 1) }
        checkDuplicates(nodes)
        // With a broken node or list, what is missing may only be what could not be read.
        let isWhole = problems.count == problemsBefore && !isMisspelt
        if isWhole, !nodes.contains(where: { $0.roles.contains(.controlplane) }) {
            problems.add(
                elements.isEmpty
                    ? "the cluster has no nodes" : "no node has the role controlplane",
                hint: "At least one node needs it: «role: [controlplane, etcd, worker]».",
                at: top.place(of: "nodes"))
        }
        return nodes
    }

    private func node(_ element: YAMLNode, number: Int) -> NodeConfig? {
        guard !element.isNull else {
            problems.add("node \(number) is empty", at: element.place(in: file))
            return nil
        }
        guard
            let fields = FieldReader(
                element, called: "node \(number)", file: file, problems: problems)
        else { return nil }
        let misspelt = fields.checkNames(
            used: RKESchema.node.used, known: RKESchema.node.known,
            meant: ["hostname": "hostname_override", "ip": "address", "host": "address"])
        let address = access.address(fields, of: "node \(number)", misspelt)
        let user = access.required("user", in: fields, of: "node \(number)", misspelt)
        let roles = misspelt.contains("role") ? nil : roles(fields, number: number)
        let hostname = hostname(fields)
        let port = fields.integer("port", in: 1...65535)
        let credentials = access.credentials(fields)
        guard let address, let user, let roles else { return nil }
        return NodeConfig(
            name: hostname ?? address.lowercased(),
            address: address, port: port ?? AccessReader.defaultPort,
            internalAddress: fields.string("internal_address") ?? address, user: user,
            roles: roles, credentials: credentials,
            dockerSocket: fields.string("docker_socket") ?? Self.defaultDockerSocket,
            place: fields.place)
    }

    private func roles(_ fields: FieldReader, number: Int) -> Set<NodeRole>? {
        if fields.value("role")?.scalar != nil {
            problems.add(
                "role must be a list, not a string", hint: "As in «role: [controlplane, etcd]».",
                at: fields.place(of: "role"))
            return nil
        }
        guard let node = fields.value("role"), let elements = node.sequence else {
            problems.add(
                "node \(number) has no role", hint: "As in «role: [controlplane, etcd, worker]».",
                at: fields.place(of: "role"))
            return nil
        }
        if elements.isEmpty {
            problems.add(
                "node \(number) has no role", hint: "As in «role: [controlplane, etcd, worker]».",
                at: node.place(in: file))
        }
        let roles = elements.compactMap(role)
        return elements.isEmpty || roles.count < elements.count ? nil : Set(roles)
    }

    private func role(_ element: YAMLNode) -> NodeRole? {
        let text = element.scalar?.text ?? ""
        if let role = NodeRole(rawValue: text) { return role }
        let words = NodeRole.allCases.map(\.rawValue)
        let guess =
            Spelling.nearest(to: text, among: words)
            ?? (["master", "control"].contains(text) ? "controlplane" : nil)
        problems.add(
            "there is no role \"\(text.prefix(64))\"",
            hint: guess.map { "Did you mean \"\($0)\"?" }
                ?? "It is one of: \(words.joined(separator: ", ")).",
            at: element.place(in: file))
        return nil
    }

    /// In lower case, as RKE registers it. Must be a DNS subdomain (RFC 1123).
    private func hostname(_ fields: FieldReader) -> String? {
        guard let text = fields.string("hostname_override")?.lowercased() else { return nil }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isValid =
            text.utf8.count <= 253
            && labels.allSatisfy { label in
                !label.isEmpty && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            }
        if !isValid {
            problems.add(
                "hostname_override is not a host name",
                hint: "Letters, digits, «-» and «.» only, no «-» at either end.",
                at: fields.place(of: "hostname_override"))
        }
        return text
    }

    /// RKE compares addresses, and names (in lower case, the address where none is given).
    private func checkDuplicates(_ nodes: [NodeConfig]) {
        var addresses: [String: NodeConfig] = [:]
        var names: [String: NodeConfig] = [:]
        for node in nodes {
            if let first = addresses.updateValue(node, forKey: node.address) {
                problems.add(
                    "the address \(node.address) belongs to the node at line "
                        + "\(first.place.line ?? 0) already",
                    hint: "Every node stands in the list once, with all its roles.",
                    at: node.place)
            } else if let first = names.updateValue(node, forKey: node.name) {
                problems.add(
                    "the host name \(node.name) belongs to the node at line "
                        + "\(first.place.line ?? 0) already", at: node.place)
            }
        }
    }
}
