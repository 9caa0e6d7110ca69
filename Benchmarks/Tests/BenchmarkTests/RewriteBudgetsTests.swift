import Testing

@testable import benchmark

struct RewriteBudgetsTests {
    @Test("twice as fast as h2load in every round, all budgets met")
    func met() {
        let result = result(own: [0.5, 1], h2load: [1, 2], bytes: 1000)
        let sentences = RewriteBudgets(results: [result]).sentences
        #expect(sentences.count == 3)
        #expect(sentences.allSatisfy { $0.contains("met everywhere") })
        #expect(sentences[0].contains("(2.0)"))
    }

    @Test("slower than h2load and wordy, said with how much")
    func missed() {
        let result = result(own: [2, 2], h2load: [1, 1], bytes: 3000)
        let sentences = RewriteBudgets(results: [result]).sentences
        #expect(sentences[0].contains("**missed** in 1 of 1 scenarios: 0.50 with 100 of 1 KiB"))
        #expect(sentences[2].contains("3,000 bytes"))
    }

    @Test("nothing measured, nothing said")
    func nothing() {
        let scenario = RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 100)
        let result = RewriteResult(scenario: scenario, server: "kube-apiserver v1")
        #expect(RewriteBudgets(results: [result]).sentences.isEmpty)
    }

    private func result(own: [Double], h2load: [Double], bytes: Int) -> RewriteResult {
        func runs(_ seconds: [Double]) -> [RewriteRun] {
            seconds.map {
                RewriteRun(
                    effort: RewriteEffort(
                        seconds: $0, objects: 100, peak: 20 << 20, processorSeconds: 0.1),
                    wireBytes: bytes * 100, meanwhile: Bystander.Sight(),
                    before: Bystander.Sight(), busyBefore: 0)
            }
        }
        return RewriteResult(
            scenario: RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 100),
            server: "kube-apiserver v1",
            runs: ["orchestrator": runs(own), "h2load": runs(h2load)])
    }
}
