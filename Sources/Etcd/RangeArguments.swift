internal import Basics
internal import Crypto

/// What `/v3/kv/range` is asked for (`RangeRequest` of etcd's api/etcdserverpb/rpc.proto).
struct RangeArguments {
    let range: EtcdKeyRange
    let limit: Int
    let revision: Int64?
    let isCountOnly: Bool

    /// Keys come in ascending order, and from a quorum (`serializable` is false), by default.
    var json: String {
        var members = [
            #""key":"\#(Self.base64(range.start))""#, #""range_end":"\#(Self.base64(range.end))""#,
            #""limit":"\#(limit)""#,
        ]
        if let revision { members.append(#""revision":"\#(revision)""#) }
        if isCountOnly { members.append(#""count_only":true"#) }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Base64.encode(SecretBytes(copying: bytes)).exposedText() ?? ""
    }
}
