import Testing

@testable import benchmark

struct RewriteBudgetsTests {
    @Test("with --fast twice as fast as h2load in every round, all budgets met")
    func met() {
        let result = result(fast: [0.5, 1], h2load: [1, 2], bytes: 1000)
        let sentences = RewriteBudgets(results: [result]).sentences
        #expect(sentences.count == 3)
        #expect(sentences.allSatisfy { $0.contains("met everywhere") })
        #expect(sentences[0].contains("(2.0)"))
    }

    @Test("slower than h2load and wordy, said with how much")
    func missed() {
        let result = result(fast: [2, 2], h2load: [1, 1], bytes: 3000)
        let sentences = RewriteBudgets(results: [result]).sentences
        #expect(sentences[0].contains("**missed** in 1 of 1 scenarios: 0.50 with 100 of 1 KiB"))
        #expect(sentences[2].contains("3,000 bytes"))
    }

    @Test("a bystander waits three times as long and with --gentle as long as ever, both said")
    func bystander() {
        let result = RewriteResult(
            scenario: RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 1000),
            server: "kube-apiserver v1",
            runs: [
                "orchestrator": [run(latency: 30)], "orchestrator --gentle": [run(latency: 10)],
            ])
        let sentences = RewriteBudgets(results: [result]).sentences.suffix(2)
        #expect(sentences.first?.contains("p99 at most doubled: **missed** in 1 of 1") == true)
        #expect(sentences.first?.contains("3.00 [3.00 to 3.00] with 1,000 of 1 KiB") == true)
        #expect(
            sentences.last
                == "with --gentle at most 10 % longer: met everywhere (1.00 [1.00 to 1.00]).")
    }

    @Test("ten times the Secrets in fifteen times the time, missed, and said what h2load needed")
    func proportion() {
        let few = result(fast: [10], h2load: [10], bytes: 1000, count: 10_000)
        let many = result(fast: [150], h2load: [140], bytes: 1000, count: 100_000)
        let sentence = RewriteBudgets(results: [few, many]).sentences.first {
            $0.hasPrefix("with --fast at most 10 % more time")
        }
        #expect(sentence?.contains("**missed** in 1 of 1 scenarios: 150 %, h2load's 140 %") == true)
        #expect(sentence?.contains("with 100,000 of 1 KiB") == true)
    }

    @Test("too few requests of a bystander for a p99, nothing said of it")
    func fewRequests() {
        let result = RewriteResult(
            scenario: RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 1000),
            server: "kube-apiserver v1", runs: ["orchestrator": [run(latency: 30, requests: 299)]])
        #expect(!RewriteBudgets(results: [result]).sentences.contains { $0.contains("p99") })
    }

    @Test("too few requests in one of two scenarios, said beside the other's")
    func fewRequestsOnce() {
        let results = [300, 299].map { requests in
            RewriteResult(
                scenario: RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 1000),
                server: "kube-apiserver v1",
                runs: ["orchestrator": [run(latency: 10, requests: requests)]])
        }
        #expect(
            RewriteBudgets(results: results).sentences == [
                "a bystander's p99 at most doubled: met everywhere (1.00 [1.00 to 1.00])."
                    + " In 1 more it had too few requests to tell."
            ])
    }

    /// Beside which a bystander, alone answered in 10 ms, got each answer after so many.
    private func run(latency: Double, requests: Int = 300) -> RewriteRun {
        func sight(_ milliseconds: Double) -> Bystander.Sight {
            Bystander.Sight(
                requests: (0..<requests).map {
                    Bystander.Sight.Request(
                        due: .milliseconds(50) * $0, milliseconds: milliseconds)
                })
        }
        return RewriteRun(
            effort: RewriteEffort(seconds: 1, objects: 1000), wireBytes: nil,
            meanwhile: sight(latency), before: sight(10), busyBefore: 0)
    }

    @Test("nothing measured, nothing said")
    func nothing() {
        let scenario = RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 100)
        let result = RewriteResult(scenario: scenario, server: "kube-apiserver v1")
        #expect(RewriteBudgets(results: [result]).sentences.isEmpty)
    }

    private func result(
        fast: [Double], h2load: [Double], bytes: Int, count: Int = 100
    ) -> RewriteResult {
        func runs(_ seconds: [Double]) -> [RewriteRun] {
            seconds.map {
                RewriteRun(
                    effort: RewriteEffort(
                        seconds: $0, objects: count, peak: 20 << 20, processorSeconds: 0.1),
                    wireBytes: bytes * count, meanwhile: Bystander.Sight(),
                    before: Bystander.Sight(), busyBefore: 0)
            }
        }
        return RewriteResult(
            scenario: RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: count),
            server: "kube-apiserver v1",
            runs: [
                "orchestrator": runs(fast.map { $0 * 4 }), "orchestrator --fast": runs(fast),
                "h2load": runs(h2load),
            ])
    }
}
