internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL

/// etcd's KV service over gRPC, on one HTTP/2 connection to one of the endpoints at a time.
///
/// Reads go to the next endpoint when one fails; a write that may have reached etcd is never
/// sent again, since its caller can't know whether it was done.
final class EtcdClient: Sendable {
    private let endpoints: [EtcdEndpoint]
    private let tls: NIOSSLContext?
    private let group: MultiThreadedEventLoopGroup
    private let state = NIOLockedValueBox(State())

    private struct State: Sendable {
        var endpoint = 0
        var pending: EventLoopFuture<EtcdConnection>?
        var current: EtcdConnection?
    }

    init(endpoints: [EtcdEndpoint], tls: NIOSSLContext?, group: MultiThreadedEventLoopGroup) {
        self.endpoints = endpoints
        self.tls = tls
        self.group = group
    }

    func range(_ request: EtcdRange) async throws -> EtcdRangeResult {
        let body = request.encode()
        var attempt = 0
        while true {
            do {
                let answer = try await call("/etcdserverpb.KV/Range", body)
                return try EtcdRangeResult(answer[...])
            } catch let failure as GRPCFailure
                where failure.code == GRPCFailure.unavailableCode && attempt < endpoints.count
            {
                attempt += 1
            }
        }
    }

    func conditionally(_ request: EtcdConditional) async throws -> EtcdConditionalResult {
        let answer = try await call("/etcdserverpb.KV/Txn", request.encode())
        return try EtcdConditionalResult(answer[...])
    }

    private func call(_ path: String, _ body: [UInt8]) async throws -> [UInt8] {
        let connection = try await connect()
        do {
            return try await connection.call(path, body)
        } catch let failure as GRPCFailure where failure.code == GRPCFailure.unavailableCode {
            drop(connection)
            throw failure
        }
    }

    /// The connection in use, or a new one to the first endpoint that answers.
    private func connect() async throws -> EtcdConnection {
        var last = GRPCFailure.unavailable("no etcd endpoint")
        for _ in endpoints {
            let pending = state.withLockedValue { state in
                if let pending = state.pending { return pending }
                let endpoint = endpoints[state.endpoint]
                let pending = EtcdConnection.open(to: endpoint, tls: tls, group: group)
                state.pending = pending
                return pending
            }
            do {
                let connection = try await pending.get()
                state.withLockedValue { if $0.pending === pending { $0.current = connection } }
                if connection.isActive { return connection }
                drop(connection)
            } catch {
                last = .unavailable("\(error)")
                state.withLockedValue { state in
                    guard state.pending === pending else { return }
                    state.pending = nil
                    state.endpoint = (state.endpoint + 1) % endpoints.count
                }
            }
        }
        throw last
    }

    /// Forgets a broken connection, so that the next call makes another, to the next endpoint.
    private func drop(_ broken: EtcdConnection) {
        broken.close()
        state.withLockedValue { state in
            guard state.current === broken else { return }
            state.current = nil
            state.pending = nil
            state.endpoint = (state.endpoint + 1) % endpoints.count
        }
    }
}
