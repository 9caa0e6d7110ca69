import Testing

@testable import benchmark

struct RewriteScenarioTests {
    @Test("sizes and counts, all combinations of a volume that etcd takes again and again")
    func table() {
        let scenarios = RewriteScenario.table(
            sizes: [1, 500], counts: [100, 1000], roundTrips: [0, 5], servers: [1, 3])
        #expect(scenarios.count == 2 * 2 * 3)
        #expect(Set(scenarios).count == scenarios.count)
        #expect(scenarios.filter { $0.kibibytes == 500 }.allSatisfy { $0.count == 100 })
    }

    @Test("no count small enough, as many hundreds as fit")
    func tooMany() {
        let scenarios = RewriteScenario.table(
            sizes: [500], counts: [1000], roundTrips: [0], servers: [1])
        #expect(scenarios.map(\.count) == [200])
    }

    @Test("standard and full scenarios, none twice and none too much")
    func given() {
        for scenarios in [RewriteScenario.standard, RewriteScenario.full] {
            #expect(Set(scenarios).count == scenarios.count)
            #expect(
                scenarios.allSatisfy {
                    $0.count * $0.kibibytes << 10 <= RewriteScenario.greatestVolume
                })
        }
    }
}
