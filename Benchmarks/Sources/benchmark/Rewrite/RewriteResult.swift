/// What all rounds of one scenario gave.
struct RewriteResult: Sendable {
    let scenario: RewriteScenario
    /// What answered, and in which version.
    let server: String
    /// By the contestant's name.
    var runs: [String: [RewriteRun]] = [:]

    /// The median.
    func seconds(_ name: String) -> Double? { middle(name) { $0.effort.seconds } }

    /// The median.
    func objectsPerSecond(_ name: String) -> Double? { middle(name, \.objectsPerSecond) }

    /// The median.
    func bytesPerObject(_ name: String) -> Double? { middle(name, \.bytesPerObject) }

    /// Of the processor, for 1,000 objects; the median.
    func processorSeconds(_ name: String) -> Double? {
        middle(name) { run in
            run.effort.processorSeconds.map { $0 / Double(run.effort.objects) * 1000 }
        }
    }

    /// Bytes; the greatest.
    func peak(_ name: String) -> Int? { runs[name]?.compactMap(\.effort.peak).max() }

    /// How many times as fast as `other` it is, by the medians.
    func speed(of name: String, comparedTo other: String) -> Double? {
        ratio(objectsPerSecond(name), objectsPerSecond(other))
    }

    /// How many times as long as in `other` each object takes a contestant, by the medians.
    func secondsPerObject(of name: String, comparedTo other: RewriteResult) -> Double? {
        ratio(other.objectsPerSecond(name), objectsPerSecond(name))
    }

    private func ratio(_ one: Double?, _ other: Double?) -> Double? {
        one.flatMap { one in other.map { one / $0 } }
    }

    /// What the bystander saw in all rounds, in milliseconds; without a name, while all was quiet.
    func latencies(during name: String?) -> [Double] {
        guard let name else {
            return runs.values.joined().flatMap(\.before.latencies)
        }
        return runs[name, default: []].flatMap(\.meanwhile.latencies)
    }

    /// What the bystander saw without this contestant, at the times that belong to its runs.
    func latencies(without name: String) -> [Double] {
        runs[name, default: []].flatMap(\.before.latencies)
    }

    private func middle(_ name: String, _ value: (RewriteRun) -> Double?) -> Double? {
        let values = runs[name, default: []].compactMap(value)
        return values.isEmpty ? nil : median(values)
    }
}
