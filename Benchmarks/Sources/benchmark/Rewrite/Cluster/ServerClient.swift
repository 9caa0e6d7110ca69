internal import Basics
internal import Foundation
internal import HTTP
internal import KubeAPI

/// A client of one API server with connections of its own.
struct ServerClient: Sendable {
    private let http: HTTPClient
    private let base: String

    /// - Parameter userAgent: what the server sees it as.
    init(
        _ node: BenchmarkCluster.Node, of cluster: BenchmarkCluster,
        userAgent: String = "benchmark"
    ) throws {
        let access = try Kubeconfig.load(cluster.kubeconfig)
        var configuration = access.configuration(connectingTo: (node.address, 6443))
        configuration.userAgent = userAgent
        configuration.proxy = .none
        http = try HTTPClient(configuration)
        base = access.baseURL
    }

    /// Sends JSON and takes the answer; any status but those accepted is a `Fault`.
    @discardableResult
    func send(
        _ method: String, _ path: String, body: [UInt8]? = nil, type: String = "application/json",
        accept: String = "application/json", accepting accepted: Set<Int> = [200]
    ) async throws -> [UInt8] {
        let answer = try await http.send(
            HTTPRequest(
                method, base + path, headers: [("Accept", accept), ("Content-Type", type)],
                body: body.map { SecretBytes(copying: $0) }),
            limit: 1 << 30)
        guard accepted.contains(answer.status) else {
            throw Fault(
                .remote,
                "\(method) \(path): \(answer.status): "
                    + String(decoding: answer.body.prefix(500), as: UTF8.self))
        }
        return answer.body
    }

    /// Returns as soon as `/readyz` says so.
    func waitUntilReady(within limit: Duration = .seconds(120)) async throws {
        let end = ContinuousClock.now + limit
        while true {
            do {
                try await send("GET", "/readyz")
                return
            } catch {
                guard ContinuousClock.now < end else {
                    throw Fault(error).during("waiting for a kube-apiserver to be ready")
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    func shutdown() async { await http.shutdown() }
}
