import Foundation

/// Takes out of an answer what is different every time: times, uids, revisions, tokens. What
/// matters about a revision is kept: whether it's the one last seen for the same object.
struct Normaliser {
    private var lastSeen: [String: String] = [:]

    mutating func body(of answer: Bench.Answer, _ compared: Step.Compared) -> Any? {
        switch compared {
        case .statusOnly: return nil
        case .encryptionMetrics: return Self.encryptionSeries(answer.text)
        case .everything, .members, .discovery, .accessReview: break
        }
        guard let json = try? JSONSerialization.jsonObject(with: answer.body) else {
            return answer.text
        }
        let whole = normalised(json, named: nil)
        guard let object = whole as? [String: Any] else { return whole }
        if case .members(let names) = compared { return object.filter { names.contains($0.key) } }
        if case .discovery = compared { return Self.served(object) }
        if case .accessReview = compared, let status = object["status"] as? [String: Any] {
            return ["kind": object["kind"], "allowed": status["allowed"]] as [String: Any?]
        }
        return whole
    }

    private mutating func normalised(_ value: Any, named name: String?) -> Any {
        if var object = value as? [String: Any] {
            if let uid = object["uid"] as? String,
                let version = object["resourceVersion"] as? String
            {
                object["resourceVersion"] = lastSeen[uid] == version ? "<same>" : "<new>"
                lastSeen[uid] = version
            }
            var result: [String: Any] = [:]
            for (name, inner) in object { result[name] = normalised(inner, named: name) }
            return result
        }
        if let array = value as? [Any] { return array.map { normalised($0, named: nil) } }
        guard let text = value as? String else { return value }
        switch name {
        case "uid", "continue", "creationTimestamp", "time", "deletionTimestamp":
            return "<\(name ?? "")>"
        case "resourceVersion" where !text.hasPrefix("<"): return "<resourceVersion>"
        default: return Self.plain(text)
        }
    }

    private static func plain(_ text: String) -> String {
        let uid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
        return text.replacingOccurrences(of: uid, with: "<uid>", options: .regularExpression)
            .replacingOccurrences(
                of: "current: [0-9]+", with: "current: <n>", options: .regularExpression
            )
            .replacingOccurrences(
                of: "in record \\([0-9]+\\)", with: "in record (<n>)", options: .regularExpression)
    }

    /// What clients read of discovery, for the resources that the stand-in has.
    private static func served(_ list: [String: Any]) -> [String: Any] {
        let names = ["secrets", "configmaps", "namespaces", "leases", "widgets"]
        let needed = ["create", "get", "list", "patch", "update", "delete"]
        let resources = (list["resources"] as? [[String: Any]] ?? []).filter {
            names.contains($0["name"] as? String ?? "")
        }
        var result = list
        result["resources"] = resources.map { resource -> [String: Any] in
            let verbs = resource["verbs"] as? [String] ?? []
            return [
                "name": resource["name"] ?? "", "kind": resource["kind"] ?? "",
                "namespaced": resource["namespaced"] ?? "",
                "singularName": resource["singularName"] ?? "",
                "verbs": needed.filter(verbs.contains),
            ]
        }.sorted { "\($0["name"] ?? "")" < "\($1["name"] ?? "")" }
        return result
    }

    /// Names and labels without the server's identity; the hash of the file counts.
    private static func encryptionSeries(_ text: String) -> [String] {
        text.split(separator: "\n").filter {
            $0.hasPrefix("apiserver_encryption_config_controller_")
        }.map {
            $0.replacingOccurrences(
                of: "apiserver_id_hash=\"[^\"]*\"", with: "apiserver_id_hash=\"…\"",
                options: .regularExpression)
        }.sorted()
    }
}
