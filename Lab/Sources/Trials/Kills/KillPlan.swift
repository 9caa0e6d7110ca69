/// One kill: where the run of which workflow is killed.
struct Kill: Sendable, Hashable {
    let workflow: TrialWorkflow
    let point: PassedPoint
    /// Milliseconds after the point, in the midst of what follows it; 0 for at the point.
    var delay = 0

    /// As the product's variable has it.
    var specification: String {
        "\(point.name)#\(point.occurrence)" + (delay == 0 ? "" : "+\(delay)")
    }

    var timing: String {
        "#\(point.occurrence)" + (delay == 0 ? "" : " + \(delay) ms") + ", \(point.place)"
    }
}

/// Which kills are worth trying, the most telling ones first.
struct KillPlan {
    /// Every point at its first passing, every point after each other one that it follows, and in
    /// the midst of each effect that takes a while.
    let telling: [Kill]
    /// Every passing of every point.
    let all: [Kill]

    /// What takes a while, so that a crash may come in its middle.
    private static let lasting: Set<String> = [
        "node.file.write", "node.file.remove", "engine.container.create",
        "engine.container.start", "engine.container.stop", "engine.container.restart",
        "engine.container.remove", "engine.archive.unpack", "server.awaited", "rewrite.begun",
        "evidence.begun",
    ]
    private static let delays = [5, 40, 200]

    init(_ workflow: TrialWorkflow, passed points: [PassedPoint]) {
        all = points.map { Kill(workflow: workflow, point: $0) }
        let first = points.filter { $0.occurrence == 1 }
        var chosen = first.map { Kill(workflow: workflow, point: $0) }
        var byContext: [[String?]: [PassedPoint]] = [:]
        var contexts: [[String?]] = []
        for point in points {
            let context = [point.name, point.previous]
            if byContext[context] == nil { contexts.append(context) }
            byContext[context, default: []].append(point)
        }
        for (number, context) in contexts.enumerated() {
            // Another one each time, so that later nodes and stages get their share.
            let points = byContext[context] ?? []
            let later = points[(number * 7 + 1) % points.count]
            if !chosen.contains(where: { $0.point == later }) {
                chosen.append(Kill(workflow: workflow, point: later))
            }
        }
        for (number, point) in first.filter({ Self.lasting.contains($0.name) }).enumerated() {
            let same = points.filter { $0.name == point.name }
            for (index, delay) in Self.delays.enumerated() {
                let at = same[(number * 5 + index * 3) % same.count]
                chosen.append(Kill(workflow: workflow, point: at, delay: delay))
            }
        }
        telling = chosen
    }
}
