internal import Basics

/// A way of having all Secrets stored anew.
protocol RewriteContestant: Sendable {
    /// The head of its column.
    var name: String { get }
    /// Above how many objects it is left out, because it would take too long.
    var greatestCount: Int { get }
    /// Whether it is left out of all but the base: one server near by, small objects.
    var isForBaseAlone: Bool { get }
    /// Of how many objects its speed is told, where it doesn't rewrite all.
    var sample: Int? { get }
    /// How often it runs in that round, the first of which is 0: more than once where one run says
    /// little, and not in every round where it takes a quarter of an hour.
    func runs(in scenario: RewriteScenario, round: Int) -> Int

    /// How long the bystander is looked at alone before it.
    var quiet: Duration { get }

    /// How long it works and is made to stand still, in turns, so that what others notice of it is
    /// compared with the same minute without it; nil: it works through.
    var turn: Duration? { get }

    /// Rewrites what the arena has; returns when all is done.
    func rewrite(_ arena: RewriteArena) async throws -> RewriteEffort
}

extension RewriteContestant {
    var greatestCount: Int { .max }
    var isForBaseAlone: Bool { false }
    var sample: Int? { nil }
    /// What is decided by its own limit alone is as good as known after once.
    func runs(in scenario: RewriteScenario, round: Int) -> Int {
        sample == nil || round == 0 ? 1 : 0
    }
    var quiet: Duration { .seconds(3) }
    var turn: Duration? { nil }
}

extension RewriteContestant {
    func takesPart(in scenario: RewriteScenario) -> Bool {
        scenario.count <= greatestCount && (scenario.isBase || !isForBaseAlone)
    }
}

/// What a contestant finds.
struct RewriteArena: Sendable {
    let cluster: BenchmarkCluster
    /// Of a user of group system:masters.
    let token: String
    /// With that token, so that no contestant's requests cost the servers another kind of login.
    let kubeconfig: String
    let secrets: StoredSecrets
    let meter: ProgramMeter
    let scratch: ScratchFolder
}

/// What a contestant needed.
struct RewriteEffort: Sendable {
    /// From the start of its program to its end, without the times that it stood still.
    let seconds: Double
    /// When that was, in seconds of `BootTime`.
    var stops: [Range<Double>] = []
    /// How many it rewrote, as it says.
    let objects: Int
    /// Nil for what runs within the benchmark.
    var peak: Int?
    var processorSeconds: Double?
}

extension RewriteEffort {
    /// - Throws: a `Fault` where the program didn't end well.
    init(_ run: MeasuredRun, objects: Int, of name: String) throws {
        guard run.status == 0 else {
            throw Fault(.failed, "\(name): status \(run.status): \(run.errors)")
        }
        self.init(
            seconds: run.seconds, stops: run.stops, objects: objects, peak: run.peak,
            processorSeconds: run.processorSeconds)
    }
}
