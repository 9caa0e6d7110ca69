internal import NIOConcurrencyHelpers

/// Faults that a test wants, from the JSON file named by `STANDIN_FAULTS`, which may change at
/// any time:
///
///     {"rules": [{"verb": "patch", "resource": "secrets", "namespace": "…", "name": "…",
///                 "every": 10, "times": 3, "action": {…}}]}
///
/// Every member but `action` is optional: `verb`, `resource`, `namespace` and `name` choose the
/// requests, `every` takes each n-th of them, `times` ends the rule after that many. Actions:
/// `delayMilliseconds`, then one of `status` (with `reason`, `message`, `retryAfter`), `drop`
/// (true: the stream is reset), `deny` (the message of an admission webhook), `expire` (true: a
/// continue token is answered with 410).
final class Faults: Sendable {
    struct Rule: Sendable {
        let verb: String?
        let resource: String?
        let namespace: String?
        let name: String?
        let every: Int64
        let times: Int64
        let action: JSON

        init(_ rule: JSON) {
            verb = rule["verb"]?.string
            resource = rule["resource"]?.string
            namespace = rule["namespace"]?.string
            name = rule["name"]?.string
            every = max(1, rule["every"]?.integer ?? 1)
            times = rule["times"]?.integer ?? .max
            action = rule["action"] ?? [:]
        }

        func matches(_ target: Target) -> Bool {
            func agrees(_ wanted: String?, _ actual: String?) -> Bool {
                wanted == nil || wanted == actual
            }
            return agrees(verb, target.verb.rawValue) && agrees(resource, target.type.resource)
                && agrees(namespace, target.namespace) && agrees(name, target.name)
        }
    }

    private struct State: Sendable {
        var stamp: FileStamp?
        var rules: [Rule] = []
        var seen: [Int64] = []
        var fired: [Int64] = []
    }

    private let path: String
    private let state = NIOLockedValueBox(State())

    init(path: String) { self.path = path }

    /// What is to happen to this request, if anything. A file that can't be read has no rules.
    func action(for target: Target) -> JSON? {
        let stamp = FileStamp(path)
        return state.withLockedValue { state in
            if stamp != state.stamp { Self.reload(&state, stamp, path) }
            for (index, rule) in state.rules.enumerated() where rule.matches(target) {
                state.seen[index] += 1
                guard state.seen[index] % rule.every == 0, state.fired[index] < rule.times else {
                    continue
                }
                state.fired[index] += 1
                return rule.action
            }
            return nil
        }
    }

    private static func reload(_ state: inout State, _ stamp: FileStamp?, _ path: String) {
        state.stamp = stamp
        do {
            let file = stamp == nil ? [:] : try JSON(parsing: fileBytes(path))
            state.rules = (file["rules"]?.array ?? []).map(Rule.init)
        } catch {
            state.rules = []
            logLine("E", "the faults file \(path) is not used: \(error)")
        }
        state.seen = state.rules.map { _ in 0 }
        state.fired = state.seen
    }

    /// Waits as the action says; the answer that it wants, or nil to go on as usual.
    static func perform(
        _ action: JSON, _ request: APIRequest, _ target: Target, _ store: ObjectStore
    ) async throws -> APIResponse? {
        if let delay = action["delayMilliseconds"]?.integer {
            try await Task.sleep(for: .milliseconds(delay))
        }
        if action["drop"]?.bool == true { return .dropped }
        if let denial = action["deny"]?.string {
            let name = action["webhook"]?.string ?? "deny.lab.example.com"
            throw APIError(
                403, "Forbidden", "admission webhook \"\(name)\" denied the request: \(denial)")
        }
        if action["expire"]?.bool == true {
            guard let token = request.query["continue"], !token.isEmpty else { return nil }
            throw try store.expire(token, target.type, target.namespace)
        }
        guard let status = action["status"]?.integer else { return nil }
        let after = action["retryAfter"]?.integer.map(Int.init)
        if status == 429, action["reason"] == nil {
            var response = APIResponse(429, text: "Too many requests, please try again later.\n")
            response.headers.append(("retry-after", String(after ?? 1)))
            return response
        }
        throw APIError(
            Int(status), action["reason"]?.string ?? "InternalError",
            action["message"]?.string ?? "Internal error occurred: a fault was asked for",
            retryAfter: after)
    }
}
