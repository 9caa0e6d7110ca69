internal import Basics
public import EncryptionModel

/// What a server says of itself at `/readyz`.
public enum Readiness: Sendable, Hashable {
    case ready
    /// It answers, and these of its checks fail (`etcd`, `poststarthook/…`); empty where it
    /// doesn't tell which.
    case notReady(failing: [String])
}

/// Which Kubernetes a server is.
public struct ServerVersion: Sendable, Hashable, CustomStringConvertible {
    /// `v1.30.1`, with whatever the distribution adds.
    public let gitVersion: String
    public let release: KubernetesRelease

    /// Nil for what doesn't begin like `v1.30`.
    public init?(gitVersion: String) {
        guard gitVersion.first == "v", let release = KubernetesRelease(version: gitVersion) else {
            return nil
        }
        self.gitVersion = gitVersion
        self.release = release
    }

    public var description: String { gitVersion }
}

extension APIServer {
    /// Whether the server is ready to serve.
    ///
    /// - Parameter limit: for so long it may keep the question; one without etcd's quorum keeps it
    ///   for ever. kubeadm's probes wait as long.
    /// - Throws: a `Fault` where it can't be reached, isn't trusted or doesn't know us.
    public func ready(within limit: Duration = .seconds(15)) async throws -> Readiness {
        let activity = "asking the API server whether it is ready"
        return try await told(activity) {
            let response = try await withTimeLimit(limit) {
                try await exchanger.send(request("GET", "/readyz"), limit: 1 << 20)
            }
            switch response.status {
            case 200: return .ready
            // 500 is what a failing check gives; 429 and 503 are a server about to start or stop.
            case 429, 500, 502, 503, 504:
                return .notReady(failing: Self.failingChecks(in: response.body))
            default: throw APIFailure(head: response.head, body: response.body)
            }
        }
    }

    /// The names in the lines that begin with `[-]`, which is how failing checks are listed
    /// (`k8s.io/apiserver/pkg/server/healthz`).
    private static func failingChecks(in body: [UInt8]) -> [String] {
        let lines = String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.compactMap { line in
            guard line.hasPrefix("[-]") else { return nil }
            let name = line.dropFirst(3).prefix { !$0.isWhitespace }
            return name.isEmpty ? nil : String(name.prefix(200))
        }
    }

    public func version() async throws -> ServerVersion {
        struct Answer: Decodable { let gitVersion: String }
        let activity = "asking the API server for its version"
        let text = try await get(Answer.self, "/version", activity: activity).gitVersion
        guard let version = ServerVersion(gitVersion: text) else {
            throw Fault(
                .remote, "\(activity): it says \(text.prefix(80).debugDescription)", node: node)
        }
        return version
    }

    /// The UID of namespace `kube-system`, which is how a cluster is told from another.
    ///
    /// - Parameter limit: for so long the server may keep the question; see `ready(within:)`.
    public func clusterUID(within limit: Duration = .seconds(15)) async throws -> String {
        struct Answer: Decodable {
            struct Metadata: Decodable { let uid: String }
            let metadata: Metadata
        }
        let activity = "reading the UID of namespace kube-system"
        return try await told(activity) {
            let request = try request(
                "GET", "/api/v1/namespaces/kube-system", accept: MediaType.metadata)
            let response = try await withTimeLimit(limit) {
                try await exchanger.send(request, limit: 1 << 20)
            }
            guard response.status == 200 else {
                throw APIFailure(head: response.head, body: response.body)
            }
            return try decode(Answer.self, from: response.body).metadata.uid
        }
    }
}
