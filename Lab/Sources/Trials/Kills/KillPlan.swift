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
    /// Every point after each other one that it follows, the first time at its first passing and
    /// then at others, and the midst of each effect that takes a while.
    let telling: [Kill]
    /// Every passing of every point.
    let all: [Kill]

    /// What takes a while, so that a crash may come in its middle.
    private static let lasting: Set<String> = [
        "node.file.write", "node.file.remove", "engine.container.create",
        "engine.container.start", "engine.container.stop", "engine.container.restart",
        "engine.container.remove", "engine.archive.unpack", "server.awaited", "server.replace",
        "server.restart", "server.reload", "rewrite.begun", "evidence.begun",
    ]
    private static let delays = [5, 40, 200]

    init(_ workflow: TrialWorkflow, passed points: [PassedPoint]) {
        all = points.map { Kill(workflow: workflow, point: $0) }
        let first = points.filter { $0.occurrence == 1 }
        var chosen = first
        let contexts = Dictionary(grouping: points) { [$0.name, $0.previous] }
            .values.sorted { ($0[0].name, $0[0].occurrence) < ($1[0].name, $1[0].occurrence) }
        for (number, context) in contexts.enumerated() where context[0].occurrence > 1 {
            // Another one each time, so that later nodes and stages get their share.
            chosen.append(context[number * 7 % context.count])
        }
        let midst = first.filter { Self.lasting.contains($0.name) }.enumerated()
            .map { number, point in
                let same = points.filter { $0.name == point.name }
                return Kill(
                    workflow: workflow, point: same[number * 5 % same.count],
                    delay: Self.delays[number % Self.delays.count])
            }
        telling = chosen.map { Kill(workflow: workflow, point: $0) } + midst
    }
}
