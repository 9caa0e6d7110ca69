internal import Basics
internal import LabKit

/// When a fault befalls a run, as the run itself tells or a node shows.
enum Moment: Sendable {
    case beforeTheRun
    /// The run has begun with the node in a stage counted from 1, and so long ago.
    case turn(of: Int, stage: Int, after: Duration = .zero)
    /// The container that will replace the node's server has been made.
    case replacing(Int)
    case confirmed(Int, stage: Int)
    case rewriting
    case readingEvidence

    var told: String {
        switch self {
        case .beforeTheRun: "before the run"
        case .turn(let node, let stage, .zero): "as node \(node)'s turn in stage \(stage) begins"
        case .turn(let node, let stage, _): "during node \(node)'s turn in stage \(stage)"
        case .replacing(let node): "while node \(node)'s server is replaced"
        case .confirmed(let node, let stage): "after node \(node)'s turn in stage \(stage)"
        case .rewriting: "while Secrets are rewritten"
        case .readingEvidence: "as etcd is read for evidence"
        }
    }

    /// A static pod isn't replaced by a container that could be seen beforehand.
    var needsDocker: Bool {
        if case .replacing = self { true } else { false }
    }

    /// Waits until it has come.
    ///
    /// - Returns: false when the run has ended before.
    func await(
        _ run: FaultedRun, of workflow: FaultedWorkflow, _ scene: FaultScene
    ) async throws -> Bool {
        while try await !hasCome(run, of: workflow, scene) {
            if run.result != nil { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        switch self {
        case .turn(_, _, let delay): try await Task.sleep(for: delay)
        case .replacing(let number): return try await isReplacing(scene.node(number), run, scene)
        default: break
        }
        return true
    }

    /// Lets the run go on in small steps, so that the moment isn't missed on a busy machine.
    private func isReplacing(
        _ node: LabNode, _ run: FaultedRun, _ scene: FaultScene
    ) async throws -> Bool {
        let next = "kube-apiserver-orchestrator-next"
        while run.result == nil {
            let isThere = await run.held {
                (try? await scene.lab.inspect(next, on: node)) != nil
            }
            if isThere { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    private func hasCome(
        _ run: FaultedRun, of workflow: FaultedWorkflow, _ scene: FaultScene
    ) async throws -> Bool {
        let story = RunStory(run.program.errorOutput)
        switch self {
        case .beforeTheRun: return true
        case .turn(let node, let stage, _):
            return story.says("\(scene.node(node).address) …", in: stage)
        case .confirmed(let node, let stage):
            return story.says("\(scene.node(node).address) confirmed", in: stage)
        case .replacing(let node):
            return story.says(
                "\(scene.node(node).address) …", in: workflow.argumentStage)
        case .rewriting:
            return scene.lab.nodes.allSatisfy {
                story.says("\($0.address) confirmed", in: workflow.writeStage)
            }
        case .readingEvidence:
            return story.says("Reading what is stored", in: workflow.writeStage)
        }
    }
}

/// What a run has told so far, stage by stage.
private struct RunStory {
    private var stages: [Int: String] = [:]

    init(_ text: String) {
        var stage = 0
        for line in text.split(separator: "\n") {
            if line.hasPrefix("Stage "), let number = line.dropFirst(6).first?.wholeNumberValue {
                stage = number
            }
            stages[stage, default: ""] += line + "\n"
        }
    }

    func says(_ words: String, in stage: Int) -> Bool { stages[stage]?.contains(words) ?? false }
}
