internal import Basics
internal import Etcd

/// etcd's maintenance through kube-apiserver's own arguments and certificates.
struct LiveEtcdCare: EtcdCarePort {
    let etcd: EtcdAccess

    func members() async throws -> [EtcdMemberSight] {
        try await named().map { endpoint, member, status in
            guard let leader = status.leader else {
                throw Fault(
                    .refused, "etcd's member \(endpoint) has no leader",
                    hint: "Nothing was touched. Mend etcd first.", node: member.node)
            }
            return EtcdMemberSight(
                endpoint: endpoint, databaseSize: Int(status.databaseSize),
                isLeader: leader == status.member, revision: status.revision)
        }
    }

    func compact() async throws -> Int64 {
        try await etcd.anyMember { member in
            let reader = try member.reader()
            // Agreed on by a quorum, whatever this member lags behind.
            try await reader.checkQuorum()
            let revision = try await reader.status().revision
            try await member.maintenance().compact(to: revision)
            return revision
        }
    }

    func defragment(_ endpoint: String) async throws {
        guard let member = try await named().first(where: { $0.endpoint == endpoint })?.member
        else { throw Fault(.notFound, "etcd has no member at \(endpoint)") }
        do {
            try await member.maintenance().defragment()
            try await etcd.waitUntilHealthy(members: 1)
        } catch {
            throw Fault(error).on(node: member.node)
        }
    }
}

extension LiveEtcdCare {
    /// Every member by a name that no other one has.
    private func named() async throws -> [(
        endpoint: String, member: EtcdAccess.Member, status: EtcdStatus
    )] {
        let all = try await etcd.everyMember()
        return all.map { member, status in
            let isAlone = all.count { $0.member.endpoint == member.endpoint } == 1
            return (
                isAlone ? member.endpoint : "\(member.endpoint) on \(member.node)", member, status
            )
        }
    }
}

extension EtcdAccess {
    /// How long etcd may take until all its members serve.
    private static let patience: Duration = .seconds(180)

    /// Returns when every member that etcd knows, at least so many, serves and has a leader.
    ///
    /// - Throws: `Fault(.timedOut)` with what kept it.
    func waitUntilHealthy(members least: Int) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            var reason = Fault(.timedOut, "its members find no leader")
            do {
                let members = try await withTimeLimit(.seconds(20)) { try await everyMember() }
                if members.count >= least, members.allSatisfy({ $0.status.leader != nil }) {
                    try await anyMember { try await $0.reader().checkQuorum() }
                    return
                }
            } catch {
                try Task.checkCancellation()
                reason = Fault(error)
            }
            guard ContinuousClock.now < deadline else {
                throw Fault(
                    .timedOut,
                    "etcd doesn't serve after \(Self.patience.components.seconds) s:"
                        + " \(reason.message)", node: reason.node, cause: reason)
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}
