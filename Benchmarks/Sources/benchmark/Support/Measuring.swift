internal import Basics
internal import Foundation

/// A way of doing the work that is measured.
struct Contestant {
    let name: String
    let program: Program
    let arguments: [String]
    /// Exit statuses that mean that the work was done.
    var expected: Set<Int> = [0]
}

/// What all rounds but the first gave.
struct Measurement {
    /// The median, from the start of the process to its end.
    let seconds: Double
    /// The greatest, in bytes.
    let peak: Int
}

/// Runs contestants in turns, so that whatever else the machine does befalls all of them alike.
struct Measuring {
    private let meter: ProgramMeter
    private let rounds: Int

    /// - Parameter rounds: the first of which only warms up; at least 2.
    init(rounds: Int, in scratch: ScratchFolder) throws {
        meter = try ProgramMeter(in: scratch)
        self.rounds = rounds
    }

    /// - Returns: one for each contestant, in their order.
    func measure(_ contestants: [Contestant]) throws -> [Measurement] {
        var runs = contestants.map { _ in [MeasuredRun]() }
        for _ in 0..<rounds {
            for (index, contestant) in contestants.enumerated() {
                runs[index].append(try run(contestant))
            }
        }
        return runs.map { runs in
            let counted = runs.dropFirst()
            return Measurement(
                seconds: median(counted.map(\.seconds)), peak: counted.map(\.peak).max() ?? 0)
        }
    }

    private func run(_ contestant: Contestant) throws -> MeasuredRun {
        let run = try meter.run(contestant.program, contestant.arguments)
        guard contestant.expected.contains(run.status) else {
            throw Fault(.failed, "\(contestant.name): status \(run.status): \(run.errors)")
        }
        return run
    }
}

/// Of an even number of values, the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
