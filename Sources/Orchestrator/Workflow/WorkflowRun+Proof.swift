internal import Basics
internal import Crypto
internal import EncryptionModel
internal import Transition

// The rewrite and the proof.

extension WorkflowRun {
    mutating func takeWatermarks(_ patterns: [ResourcePattern]) async throws {
        // Of what reaches etcd after the watermark the API wouldn't tell how it is stored.
        if provesByRewriting { try await outwaitFormerWrites() }
        var watermarks: [GroupResource: ResourceVersion] = [:]
        for resource in try await resources(governedBy: patterns) {
            watermarks[resource] = try await unlessGone(resource) {
                try await ports.kubernetes.watermark(of: resource)
            }
            Failpoint.pass("rewrite.watermark")
        }
        journal.operation?.watermarks = watermarks
        try await save()
    }

    mutating func rewrite(
        _ resource: GroupResource, above watermark: ResourceVersion
    ) async throws {
        let (kubernetes, report) = (ports.kubernetes, workflow.report)
        let outcome = try await unlessGone(resource) {
            try await interruptibly {
                try await kubernetes.rewrite(resource, above: watermark) { report(.rewriting($0)) }
            }
        }
        guard let outcome else {
            journal.operation?.watermarks?[resource] = nil
            try await save()
            return
        }
        let record = RewriteRecord(
            resource: resource, objects: outcome.objects, rewritten: outcome.rewritten,
            skipped: outcome.skipped, failed: outcome.failed, finished: workflow.clock.now())
        journal.operation?.rewrites.removeAll { $0.resource == resource }
        journal.operation?.rewrites.append(record)
        try await save()
        current?.rewrites.append(outcome)
        report(.rewrote(outcome))
        guard outcome.failureCount == 0 else { throw rewriteFault(outcome) }
        sights = nil
    }

    mutating func gatherEvidence(_ patterns: [ResourcePattern]) async throws {
        let resources = try await resources(governedBy: patterns)
        try await outwaitFormerWrites()
        workflow.report(.readingEvidence(resources))
        let seen = try await ports.evidence.evidence(of: resources, in: evidenceContext)
        let record = EvidenceRecord(
            source: ports.evidence.source, evidence: seen, at: workflow.clock.now())
        workflow.report(.evidence(record))
        current?.evidence = record
        let wrong = plan?.violations(in: seen) ?? [:]
        guard wrong.isEmpty else {
            try await beginAnotherRound(after: wrong)
            return
        }
        journal.operation?.evidence = record
        try await save()
        sights = nil
    }

    /// A server that is restarted ends what it has begun before; one that reloads goes on with it,
    /// and a write that was encrypted a moment before may reach etcd late. Not later than the server
    /// works at a request, though: what is read after that is the whole truth.
    private mutating func outwaitFormerWrites() async throws {
        guard current?.mayHaveReloaded ?? true else { return }
        let reloading = try await freshSights().filter { $0.observation.reloading == .available }
        guard let limit = reloading.map(\.requestTimeout).max(),
            let last = journal.operation?.confirmations.filter({ $0.stage <= .write }).map(\.at)
                .max()
        else { return }
        // Whatever became of the clock meanwhile.
        let left = min(limit, limit - workflow.clock.now().since(last))
        guard left > .zero else { return }
        let seconds = Int((left / .seconds(1)).rounded(.up))
        workflow.report(
            .step("waiting \(seconds) s for writes that were begun before the servers reloaded"))
        try await interruptibly { try await Task.sleep(for: left) }
        current?.waited += left
    }

    /// Something above the watermark was stored otherwise: a write that a server had begun under
    /// its former config and that etcd finished later, or somebody else's. A new watermark covers
    /// it.
    private mutating func beginAnotherRound(
        after wrong: [GroupResource: [StoredForm: Int]]
    ) async throws {
        let refusal = try await explained(.notProven(wrong))
        journal.operation?.proveAnew()
        try await save()
        failedProofs += 1
        guard failedProofs < Self.mostRounds else { throw refusal }
        workflow.report(.warning("\(refusal.message); rewriting once more"))
    }

    mutating func proveAnew() async throws {
        journal.operation?.proveAnew()
        try await save()
        workflow.report(
            .warning(
                "an API server was given an earlier provider config while the operation stood still,"
                    + " and may have written with it; everything is rewritten and proven anew"))
    }
}

extension WorkflowRun {
    private var evidenceContext: EvidenceContext {
        guard let operation = journal.operation, let watermarks = operation.watermarks else {
            return EvidenceContext()
        }
        let writers = watermarks.keys.map { resource in
            (resource, operation.to.chain(for: resource).writer.storedForm)
        }
        return EvidenceContext(
            watermarks: watermarks, writers: Dictionary(uniqueKeysWithValues: writers))
    }

    /// The API shows only of what was rewritten how it is stored.
    var provesByRewriting: Bool { ports.evidence.source == .api }

    func storedValues(of patterns: [ResourcePattern]) async throws -> StoredValues {
        let resources = try await ports.kubernetes.resources(matching: patterns)
        return try await ports.evidence.stored(of: resources).map { .seen($0, of: patterns) }
            ?? .hidden
    }

    var plan: StagePlan? {
        journal.operation.map(StagePlan.init)
    }

    /// What the patterns name and no more specific one of the operation does.
    private func resources(governedBy patterns: [ResourcePattern]) async throws -> [GroupResource] {
        let named = try await served(patterns)
        guard let plan else { return named }
        return named.filter { resource in
            plan.governingPattern(of: resource).map(patterns.contains) ?? false
        }
    }

    /// Without those names that nobody serves and nothing is stored under.
    private func served(_ patterns: [ResourcePattern]) async throws -> [GroupResource] {
        do { return try await ports.kubernetes.resources(matching: patterns) } catch let fault
            as Fault
            where fault.code == .notFound
        {
            var found: Set<GroupResource> = []
            for pattern in patterns {
                let resource = pattern.isWildcard ? nil : GroupResource(pattern: pattern)
                let named = try await unlessGone(resource) {
                    try await ports.kubernetes.resources(matching: [pattern])
                }
                found.formUnion(named ?? [])
            }
            return found.sorted()
        }
    }
}

extension WorkflowRun {
    /// A resource may go while an operation stands (its definition is deleted), or not be there yet
    /// in a restored cluster. What isn't served and of which etcd holds nothing needs no rewrite,
    /// and no key.
    ///
    /// - Parameter resource: nil: there is none that could be gone.
    /// - Returns: nil where it is gone.
    private func unlessGone<Answer: Sendable>(
        _ resource: GroupResource?, _ ask: () async throws -> Answer
    ) async throws -> Answer? {
        do { return try await ask() } catch let fault as Fault where fault.code == .notFound {
            guard let resource,
                let stored = try await ports.evidence.stored(of: [resource]),
                stored.counts[resource, default: [:]].values.allSatisfy({ $0 == 0 })
            else { throw fault }
            workflow.report(
                .detail("\(resource) isn't served (any more), and nothing of it is stored"))
            return nil
        }
    }
}

extension OperationReport {
    /// Whether a server may have come to the write stage by a reload. What an earlier run did isn't
    /// known.
    fileprivate var mayHaveReloaded: Bool {
        wasResumed
            || stages.contains { stage in
                stage.name <= .write && stage.nodes.contains { !$0.result.restarted }
            }
    }
}
