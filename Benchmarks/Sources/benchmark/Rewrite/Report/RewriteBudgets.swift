internal import Foundation

/// The budgets of the design (docs/design.md, «Budgets») and what was measured against them.
struct RewriteBudgets {
    let results: [RewriteResult]

    private static let shareOfLimit = 0.9
    private static let peak = 64 << 20
    private static let bytesPerObject = 2048.0
    /// How many times as fast as kubectl, from so many milliseconds of round trip on.
    private static let timesKubectl = [(0.0, 3.0), (5, 8), (20, 20)]

    /// Of a bystander, for its p99 to be told.
    private static let leastRequests = 300
    /// Without a contestant, in its own runs, for it to be compared with these alone.
    private static let leastOfOwn = 1000

    private let usual = ProductContestant.Pace.auto.title
    private let fast = ProductContestant.Pace.fast.title
    private let all = ProductContestant.Pace.allCases.map(\.title)

    /// A sentence for each budget: that it is met everywhere, or where it isn't and by how much.
    var sentences: [String] {
        [
            rate, kubectl, proportion(of: usual, ""), proportion(of: fast, "with --fast "), memory,
            wire, bystander, gentle,
        ].compactMap(\.self)
    }

    private var rate: String? {
        let limit = LoadGeneratorContestant.title
        return sentence("with --fast \(Self.shareOfLimit) of h2load's rate") { result in
            result.speed(of: fast, comparedTo: limit).map {
                Finding(isMet: $0 >= Self.shareOfLimit, value: $0.asRatio)
            }
        }
    }

    private var kubectl: String? {
        sentence("with --fast 3, 8 and 20 times kubectl replace at 0, 5 and 20 ms") { result in
            result.speed(of: fast, comparedTo: KubectlContestant.title).map { speed in
                let wanted = Self.timesKubectl.last { $0.0 <= result.scenario.roundTrip }?.1
                return Finding(isMet: speed >= wanted ?? 0, value: speed.asRatio)
            }
        }
    }

    /// Below 10,000 objects the start and the list's first page count for more than proportion.
    private func proportion(of pace: String, _ words: String) -> String? {
        sentence(words + "at most 10 % more time for each of ten times the objects") { result in
            let fewer = results.filter {
                $0.scenario.isLike(result.scenario) && $0.scenario.count < result.scenario.count
                    && $0.scenario.count >= 10_000
            }.max { $0.scenario.count < $1.scenario.count }
            return fewer.flatMap { fewer in
                result.secondsPerObject(of: pace, comparedTo: fewer).map { ratio in
                    let limit = LoadGeneratorContestant.title
                    let others = result.secondsPerObject(of: limit, comparedTo: fewer)
                    let beside = others.map { ", h2load's \($0.inPercent)" } ?? ""
                    return Finding(isMet: ratio <= 1.1, value: ratio.inPercent + beside)
                }
            }
        }
    }

    private var memory: String? {
        sentence("less than \(Self.peak.inMiB) MiB of memory") { result in
            all.compactMap(result.peak).max().map {
                Finding(isMet: $0 < Self.peak, value: "\($0.inMiB) MiB")
            }
        }
    }

    private var wire: String? {
        sentence("less than 2 KiB on the wire for each object") { result in
            all.compactMap(result.bytesPerObject).max().map {
                Finding(
                    isMet: $0 < Self.bytesPerObject, value: "\(Int($0.rounded()).grouped) bytes")
            }
        }
    }

    private var bystander: String? {
        slowdown("a bystander's p99 at most doubled", by: usual, atMost: 2)
    }

    private var gentle: String? {
        let gentle = ProductContestant.Pace.gentle.title
        return slowdown("with --gentle at most 10 % longer", by: gentle, atMost: 1.1)
    }

    private func slowdown(_ words: String, by name: String, atMost limit: Double) -> String? {
        let untold = results.filter {
            $0.runs[name] != nil && slowdown($0, by: name, atMost: limit) == nil
        }.count
        return sentence(words) { slowdown($0, by: name, atMost: limit) }.map {
            untold == 0 ? $0 : $0 + " In \(untold) more it had too few requests to tell."
        }
    }

    /// Nil where there were too few requests for a p99 that means something.
    private func slowdown(_ result: RewriteResult, by name: String, atMost limit: Double)
        -> Finding?
    {
        let (own, meanwhile) = (result.latencies(without: name), result.latencies(during: name))
        // What belongs to its own runs is of the same minutes; but little may be too little.
        let alone = own.count >= Self.leastOfOwn ? own : result.latencies(during: nil)
        guard min(alone.count, meanwhile.count) >= Self.leastRequests,
            let before = quantile(0.99, of: alone), let after = quantile(0.99, of: meanwhile)
        else { return nil }
        let ratio = after / before
        let range = likelyRatio(of: 0.99, meanwhile, to: alone).map {
            " [\($0.lowerBound.inHundredths) to \($0.upperBound.inHundredths)]"
        }
        return Finding(isMet: ratio <= limit, value: ratio.inHundredths + (range ?? ""))
    }

    private struct Finding {
        let isMet: Bool
        let value: String
    }

    /// - Returns: nil where nothing was measured that tells.
    private func sentence(_ budget: String, _ find: (RewriteResult) -> Finding?) -> String? {
        let findings = results.compactMap { result in find(result).map { (result, $0) } }
        guard !findings.isEmpty else { return nil }
        let short = findings.filter { !$0.1.isMet }
        guard !short.isEmpty else {
            return "\(budget): met everywhere (\(findings.map(\.1.value).joined(separator: ", ")))."
        }
        let places = short.map { "\($0.1.value) with \($0.0.scenario.told)" }
        return "\(budget): **missed** in \(short.count) of \(findings.count) scenarios: "
            + places.joined(separator: "; ") + "."
    }
}

extension Double {
    /// Of a ratio near one: `112 %`.
    fileprivate var inPercent: String { "\(Int((self * 100).rounded())) %" }

    /// `1.06`
    fileprivate var inHundredths: String { String(format: "%.2f", self) }
}
