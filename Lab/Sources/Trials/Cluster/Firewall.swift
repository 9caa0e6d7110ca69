package import LabKit

extension Lab {
    /// Lets nodes refuse what comes from the operator, while they go on answering each other.
    ///
    /// - Parameter port: the one TCP port that is closed; nil for all.
    package func hiding<Value>(
        _ nodes: [LabNode], port: Int? = nil, _ body: () async throws -> Value
    ) async throws -> Value {
        let rule =
            "INPUT -s \(operatorAddress) -p tcp \(port.map { "--dport \($0)" } ?? "") -j REJECT"
        for node in nodes { try await node.shell("iptables -I \(rule)") }
        do {
            let value = try await body()
            for node in nodes { try await node.shell("iptables -D \(rule)") }
            return value
        } catch {
            for node in nodes { try await node.shell("iptables -D \(rule)") }
            throw error
        }
    }

    /// The host's own in the network of the lab: the first.
    package var operatorAddress: String {
        nodes[0].address.split(separator: ".").dropLast().joined(separator: ".") + ".1"
    }
}

extension Operator {
    /// Connects by way of a bastion from now on.
    package func jump(over bastion: LabNode) throws {
        let account = lab.options.user.accountName
        try edit("cluster.yml") {
            """
            \($0)bastion_host:
              address: \(bastion.address)
              user: \(account)
              ssh_key_path: id_ed25519

            """
        }
    }

    /// Sets `orchestrator.api_access`.
    package func setAccess(_ access: String) throws {
        try edit("cluster.yml") {
            $0.replacing("orchestrator:\n", with: "orchestrator:\n  api_access: \(access)\n")
        }
    }

    /// Connecting may take no longer than what a trial wants to wait for.
    package func limitConnecting() throws {
        try edit("cluster.yml") { $0 + "    connect_timeout: 2s\n" }
    }
}
