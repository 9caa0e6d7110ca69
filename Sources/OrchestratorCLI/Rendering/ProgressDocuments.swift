import Orchestrator

/// The lines of `--progress json`, each an object; docs/json.md tells their fields.
struct RewriteProgressDocument: Encodable {
    struct Server: Encodable {
        let node: String
        let answers: Int
    }

    let event = "rewriting"
    let resource: String
    let done: Int
    let total: Int?
    let failed: Int
    let retries: Int
    let perSecond: Int
    let secondsLeft: Int?
    let servers: [Server]

    /// - Parameter seconds: since the resource was begun.
    init(_ progress: RewriteProgress, seconds: Double) {
        resource = progress.resource.description
        (done, total) = (progress.done, progress.total)
        (failed, retries) = (progress.failed, progress.retries)
        let rate = seconds > 0 ? Double(progress.done) / seconds : 0
        perSecond = Int(rate)
        secondsLeft = progress.total.flatMap { total in
            rate > 0 ? Int((Double(max(0, total - progress.done)) / rate).rounded(.up)) : nil
        }
        servers = progress.servers.map { Server(node: $0.node, answers: $0.answers) }
    }

    private enum CodingKeys: String, CodingKey {
        case event, resource, done, total, failed, retries, perSecond, secondsLeft, servers
    }
}

struct WorkingDocument: Encodable {
    let event = "working"
    let activity: String
    /// From 0 to 1.
    let part: Double

    private enum CodingKeys: String, CodingKey { case event, activity, part }
}

/// Everything that has a line of its own for people.
struct TextDocument: Encodable {
    let event: String
    let text: String

    static func line(_ event: Event, _ text: String) -> String {
        let kind =
            switch event {
            case .warning: "warning"
            case .detail: "detail"
            default: "step"
            }
        let trimmed = text.split(separator: "\n").map { $0.drop { $0 == " " } }
        return JSONText.line(TextDocument(event: kind, text: trimmed.joined(separator: "\n")))
    }
}
