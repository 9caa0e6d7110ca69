import EncryptionModel
import Testing

@testable import Transition

@Suite struct StagePlanTests {
    @Test("every pair of chains, two servers in the same or adjacent stages read each other")
    func adjacentStagesReadEachOther() {
        for from in Sample.configs {
            for to in Sample.configs {
                let plan = StagePlan(from: from, to: to)
                let line = [from] + plan.stages.map(\.config)
                for (one, other) in zip(line, line.dropFirst()) {
                    let (a, b) = (
                        one.chain(for: ResourcePattern.secrets),
                        other.chain(for: ResourcePattern.secrets)
                    )
                    #expect(other.reads(a.writer, of: .secrets), "\(a) then \(b)")
                    #expect(one.reads(b.writer, of: .secrets), "\(a) then \(b)")
                }
                #expect(line.last == .some(to))
            }
        }
    }

    @Test("every pair of chains, no stage before the final one lacks what may be stored")
    func nothingIsDroppedBeforeTheProof() {
        for from in Sample.configs {
            for to in Sample.configs {
                let plan = StagePlan(from: from, to: to)
                for stage in plan.stages where stage.name != .final {
                    for entry in from.chain(for: ResourcePattern.secrets).entries {
                        #expect(stage.config.reads(entry, of: .secrets))
                    }
                }
                let lost = from.chain(for: ResourcePattern.secrets).entries.filter {
                    !to.reads($0, of: .secrets)
                }
                #expect(lost.isEmpty || plan.proofs == [.secrets])
            }
        }
    }

    @Test("RKE's three workflows, the documented stages")
    func documentedStages() {
        let (k1, k2) = (ProviderEntry.key(Sample.key("k1")), ProviderEntry.key(Sample.key("k2")))
        let one = Sample.config(Chain([k1, .identity]))
        let two = Sample.config(Chain([k2, .identity]))
        func line(_ from: ProviderConfig?, _ to: ProviderConfig?) -> [[ProviderEntry]?] {
            StagePlan(from: from, to: to).stages
                .map { $0.config.map { $0.chain(for: ResourcePattern.secrets).entries } }
        }
        #expect(line(nil, one) == [[.identity, k1], [k1, .identity]])
        #expect(line(one, two) == [[k1, .identity, k2], [k2, .identity, k1], [k2, .identity]])
        #expect(line(one, nil) == [[.identity, k1], nil])
    }

    @Test("changes that need fewer stages, no more rollouts than they need")
    func fewestStages() {
        let (k1, k2) = (ProviderEntry.key(Sample.key("k1")), ProviderEntry.key(Sample.key("k2")))
        let table: [(from: [ProviderEntry], to: [ProviderEntry], stages: [StageName])] = [
            // A reader more, a reader less, another order of readers: nobody writes otherwise.
            ([k1, .identity], [k1, k2, .identity], [.final]),
            ([k1, k2, .identity], [k1, .identity], [.final]),
            ([k1, .identity, k2], [k1, k2, .identity], [.final]),
            ([k1, .identity], [k1], [.final]),
            // All read already what will be written.
            ([k1, k2, .identity], [k2, k1, .identity], [.write]),
            ([k1, k2, .identity], [k2, .identity], [.write, .final]),
            ([k1], [k2], [.read, .write, .final]),
        ]
        for row in table {
            let plan = StagePlan(
                from: Sample.config(Chain(row.from)), to: Sample.config(Chain(row.to)))
            #expect(plan.stages.map(\.name) == row.stages, "\(row.from) to \(row.to)")
            #expect(plan.stages.last?.config == Sample.config(Chain(row.to)))
        }
    }

    @Test("a KMS plugin with another socket or time limit, the same reader and one rollout")
    func pluginSettings() {
        func config(_ endpoint: String) -> ProviderConfig {
            let plugin = KMSPlugin(version: .v2, name: "vault", endpoint: endpoint, timeout: "3s")
            return Sample.config(Chain([.kms(plugin), .identity]))
        }
        let (from, to) = (config("unix:///a.sock"), config("unix:///b.sock"))
        let plan = StagePlan(from: from, to: to)
        #expect(plan.stages == [Stage(name: .final, config: to)])
        #expect(plan.rewrites.isEmpty && plan.proofs.isEmpty)
    }

    @Test("everything is to be rewritten, no rollout and all of it proven")
    func rewriteOnly() {
        let config = Sample.config(Chain([.key(Sample.key("k1")), .identity]))
        let plan = StagePlan(from: config, to: config, rewritesAll: true)
        #expect(plan.stages.isEmpty)
        #expect(plan.rewrites == [.secrets] && plan.proofs == [.secrets])
        #expect(plan.permittedForms(of: .secrets).count == 1)
    }

    @Test("the same config in another order of rules, nothing is rolled out for the order")
    func sameMeaning() {
        let chain = Chain([.key(Sample.key("k1")), .identity])
        let together = Sample.config(chain, for: [.secrets, ResourcePattern("configmaps")])
        let plan = StagePlan(from: together, to: together)
        #expect(plan.stages.isEmpty && plan.rewrites.isEmpty && plan.proofs.isEmpty)
    }

    @Test("names and wildcards of one chain, together in one rule but where one covers the other")
    func grouping() {
        let (one, two) = (Chain([.key(Sample.key("k1"))]), Chain([.key(Sample.key("k2"))]))
        func grouped(_ chains: [(String, Chain)]) -> [[String]] {
            ProviderConfig(grouping: chains.map { (ResourcePattern($0), $1) })
                .rules.map { $0.resources.map(\.text) }
        }
        #expect(grouped([("secrets", one), ("*.apps", one)]) == [["secrets", "*.apps"]])
        #expect(
            grouped([("deployments.apps", one), ("*.apps", one)])
                == [["deployments.apps"], ["*.apps"]])
        // Before another rule with a member of it, the wildcard would decide for that, too.
        #expect(
            grouped([("secrets", one), ("deployments.apps", two), ("*.apps", one)])
                == [["secrets"], ["deployments.apps"], ["*.apps"]])
        #expect(grouped([("secrets", one), ("*.apps", one), ("*.*", one)]).last == ["*.*"])
    }

    @Test("names and wildcards, the most specific one decides and stands first")
    func wildcards() {
        let key = ProviderEntry.key(Sample.key("k1"))
        let from = ProviderConfig(rules: [
            .init(resources: [ResourcePattern("*.*")], chain: Chain([key, .identity]))
        ])
        let to = ProviderConfig(rules: [
            .init(resources: [.secrets], chain: Chain([.key(Sample.key("k2")), .identity])),
            .init(resources: [ResourcePattern("*.apps")], chain: Chain([key, .identity])),
        ])
        let plan = StagePlan(from: from, to: to)
        #expect(plan.patterns.map(\.text) == ["secrets", "*.apps", "*.*"])
        #expect(plan.rewrites.map(\.text) == ["secrets", "*.*"])
        let write = plan.stage(.write).config
        #expect(
            write?.rules.map { $0.resources.map(\.text) } == [["secrets"], ["*.apps"], ["*.*"]])
        #expect(write.chain(for: ResourcePattern("pods")).entries == [.identity, key])
        #expect(write.chain(for: ResourcePattern("deployments.apps")).entries == [key, .identity])
        #expect(write.chain(for: ResourcePattern.secrets).writer == .key(Sample.key("k2")))
    }
}
