/// One etcd server as it sees itself.
public struct EtcdStatus: Sendable, Hashable {
    public let version: String
    /// Of the database file, in bytes, free pages included.
    public let databaseSize: Int64
    public let revision: Int64
    public let member: UInt64
    /// Nil while there is none, and so no quorum.
    public let leader: UInt64?

    public var isLeader: Bool { leader == member }
}

public struct EtcdMember: Sendable, Hashable {
    public let id: UInt64
    /// Empty until it has started for the first time.
    public let name: String
    public let peerURLs: [String]
    public let clientURLs: [String]
    public let isLearner: Bool
}

extension EtcdReader {
    public func status() async throws -> EtcdStatus {
        let answer = try await gateway.call("/v3/maintenance/status", as: StatusAnswer.self)
        let leader = answer.leader?.value ?? 0
        return EtcdStatus(
            version: answer.version ?? "", databaseSize: answer.dbSize?.value ?? 0,
            revision: answer.header.revision?.value ?? 0,
            member: answer.header.member_id?.value ?? 0, leader: leader == 0 ? nil : leader)
    }

    public func members() async throws -> [EtcdMember] {
        let answer = try await gateway.call("/v3/cluster/member/list", as: MembersAnswer.self)
        return (answer.members ?? []).map {
            EtcdMember(
                id: $0.ID?.value ?? 0, name: $0.name ?? "", peerURLs: $0.peerURLs ?? [],
                clientURLs: $0.clientURLs ?? [], isLearner: $0.isLearner ?? false)
        }
    }

    /// Makes sure that a quorum agrees: reads one key through it.
    ///
    /// - Throws: a `Fault` where it doesn't, or where the server can't be reached.
    public func checkQuorum() async throws {
        let key = Array("health".utf8)
        _ = try await gateway.range(
            EtcdKeyRange(start: key, end: key + [0]), limit: 1, isCountOnly: true)
    }
}

/// Members that have their default value are left out by the gateway.
private struct StatusAnswer: Decodable {
    let header: HeaderAnswer
    let version: String?
    let dbSize: Digits<Int64>?
    let leader: Digits<UInt64>?
}

private struct HeaderAnswer: Decodable {
    let member_id: Digits<UInt64>?
    let revision: Digits<Int64>?
}

private struct MembersAnswer: Decodable {
    struct Member: Decodable {
        let ID: Digits<UInt64>?
        let name: String?
        let peerURLs: [String]?
        let clientURLs: [String]?
        let isLearner: Bool?
    }

    let header: HeaderAnswer
    let members: [Member]?
}

/// A 64-bit integer, which is a string in the gateway's JSON.
private struct Digits<Value: FixedWidthInteger & Decodable & Sendable>: Decodable {
    let value: Value

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Value(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a 64-bit integer")
        }
        self.value = value
    }
}
