import EncryptionModel
import TestSupport
import Testing

@testable import Transition

/// Configs of several resources and wildcards, held against resources that they name, cover, or
/// have never heard of.
@Suite struct RandomConfigTests {
    private static let patterns = [
        "secrets", "configmaps", "deployments.apps", "widgets.example.com", "*.", "*.apps",
        "*.example.com", "*.*",
    ].map { ResourcePattern($0) }

    private static let resources = [
        "secrets", "configmaps", "pods", "deployments.apps", "daemonsets.apps",
        "widgets.example.com", "gadgets.example.com", "leases.coordination.k8s.io",
    ].map { GroupResource(pattern: ResourcePattern($0)) }

    private static let chains = Sample.chains(upTo: 4)

    private func config(_ random: inout SeededRandom) -> ProviderConfig? {
        var left = Self.patterns.shuffled(using: &random)
        let count = Int.random(in: 0...3, using: &random)
        let rules = (0..<count).map { _ in
            let resources = left.prefix(Int.random(in: 1...2, using: &random))
            left.removeFirst(resources.count)
            return ProviderConfig.Rule(
                resources: Array(resources),
                chain: Self.chains.randomElement(using: &random) ?? .identity)
        }
        return rules.isEmpty ? nil : ProviderConfig(rules: rules)
    }

    @Test("random configs, for every resource adjacent stages read each other and nothing is lost")
    func everyResource() async {
        var random = SeededRandom(seed: 20_261_121)
        for _ in 0..<1500 {
            await Task.yield()
            let (from, to) = (config(&random), config(&random))
            let plan = StagePlan(from: from, to: to)
            let line = [from] + plan.stages.map(\.config)
            #expect(line.last == .some(to) || from == to)
            for resource in Self.resources {
                let chains = line.map { $0.chain(for: resource) }
                for (one, other) in zip(chains, chains.dropFirst())
                where !other.contains(one.writer) || !one.contains(other.writer) {
                    Issue.record("\(resource): \(one) then \(other)")
                }
                let (a, b) = (from.chain(for: resource), to.chain(for: resource))
                for stage in plan.stages where stage.name != .final {
                    let chain = stage.config.chain(for: resource)
                    #expect(a.entries.allSatisfy(chain.contains), "\(resource)")
                }
                expectProven(resource, a, b, plan)
            }
        }
    }

    /// What loses an entry is proven first, and what is written otherwise is rewritten.
    private func expectProven(
        _ resource: GroupResource, _ a: Chain, _ b: Chain, _ plan: StagePlan
    ) {
        let exact = ResourcePattern(resource)
        let governing = ([exact] + exact.lessSpecific).first(where: plan.patterns.contains)
        if !a.entries.allSatisfy(b.contains) || a.writer != b.writer {
            #expect(governing.map(plan.proofs.contains) == true, "\(resource)")
        }
        if a.writer != b.writer {
            #expect(governing.map(plan.rewrites.contains) == true, "\(resource)")
        }
    }

    @Test("random configs, the way back goes through the same stages in the opposite order")
    func sameStagesBack() async {
        var random = SeededRandom(seed: 7)
        for _ in 0..<500 {
            await Task.yield()
            let (from, to) = (config(&random), config(&random))
            let (there, back) = (
                StagePlan(from: from, to: to, isFull: true),
                StagePlan(from: to, to: from, isFull: true)
            )
            for resource in Self.resources {
                #expect(
                    there.stage(.read).config.chain(for: resource)
                        == back.stage(.write).config.chain(for: resource))
                #expect(
                    there.stage(.write).config.chain(for: resource)
                        == back.stage(.read).config.chain(for: resource))
            }
        }
    }
}
