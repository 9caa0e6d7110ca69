internal import NIOConcurrencyHelpers

/// Sends each request where it belongs and turns whatever goes wrong into an answer.
final class Router: Sendable {
    private let store: ObjectStore
    private let objects: ObjectHandler
    private let metrics: Metrics
    private let faults: Faults?
    private let version: KubernetesVersion
    private let isReady = NIOLockedValueBox(false)

    init(store: ObjectStore, metrics: Metrics, faults: Faults?, version: KubernetesVersion) {
        self.store = store
        self.metrics = metrics
        self.faults = faults
        self.version = version
        objects = ObjectHandler(store: store)
    }

    /// The server has made what it must find in etcd; or it's about to stop.
    func setReady(_ ready: Bool) { isReady.withLockedValue { $0 = ready } }

    func respond(to request: APIRequest) async -> APIResponse {
        do {
            // Whoever has proved an identity may ask what it may do.
            if AccessReview.isMeant(by: request) { return try AccessReview.respond(to: request) }
            let target = Target(request)
            try Authorizer.check(request, target)
            if let target { return try await respond(to: request, target) }
            return try await respondElsewhere(to: request)
        } catch let error as APIError {
            return APIResponse(error)
        } catch {
            return APIResponse(.internalError("\(error)"))
        }
    }

    private func respond(to request: APIRequest, _ target: Target) async throws -> APIResponse {
        if let action = faults?.action(for: target),
            let response = try await Faults.perform(action, request, target, store)
        {
            return response
        }
        return try await objects.respond(to: request, target)
    }

    private func respondElsewhere(to request: APIRequest) async throws -> APIResponse {
        let path = request.path
        switch path.first ?? "" {
        case "readyz", "livez", "healthz": return await health(path[0], request)
        case "version" where path.count == 1: return APIResponse(200, versionInfo)
        case "metrics" where path.count == 1:
            return APIResponse(
                200, text: metrics.text,
                contentType: "text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
        default: break
        }
        if let document = Discovery.respond(to: path) { return APIResponse(200, document) }
        if path.count > 2, path[0] == "api", path[1] == "v1" { throw APIError.unknownResource }
        if path.count > 3, path[0] == "apis", Discovery.groups.contains(path[1]) {
            throw APIError.unknownResource
        }
        return APIResponse(404, text: "404 page not found\n")
    }

    private func health(_ check: String, _ request: APIRequest) async -> APIResponse {
        var failed: [String] = []
        do { try await store.ping() } catch { failed.append("etcd") }
        if check == "readyz", !isReady.withLockedValue({ $0 }) {
            failed.append("poststarthook/start-system-namespaces-controller")
        }
        let names = ["ping", "etcd", "poststarthook/start-system-namespaces-controller"]
        let lines = names.map { name in
            failed.contains(name) ? "[-]\(name) failed: reason withheld\n" : "[+]\(name) ok\n"
        }.joined()
        if !failed.isEmpty { return APIResponse(500, text: lines + "\(check) check failed\n") }
        let isVerbose = request.query["verbose"] != nil
        return APIResponse(200, text: isVerbose ? lines + "\(check) check passed\n" : "ok")
    }

    private var versionInfo: JSON {
        [
            "major": .string(String(version.major)), "minor": .string(String(version.minor)),
            "gitVersion": .string(version.text), "gitCommit": "stand-in",
            "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
            "goVersion": "none", "compiler": "swiftc", "platform": "linux/amd64",
        ]
    }
}
