internal import Basics
internal import Foundation

/// What one run of a program took.
struct MeasuredRun: Sendable {
    let status: Int
    /// From fork to end, without the times that it was made to stand still.
    let seconds: Double
    /// Bytes of memory at its greatest: its own, or that of the greatest of its children.
    let peak: Int
    /// Of the processor, with all its children.
    let processorSeconds: Double
    /// When it was made to stand still, in seconds of `BootTime`; empty where it worked through.
    let stops: [Range<Double>]
    /// Where its standard output is, until the next run.
    let output: String
    /// The end of what it said to standard error.
    let errors: String
}

/// Runs programs by `measure`, one at a time.
struct ProgramMeter: Sendable {
    private let helper: Program
    private let scratch: ScratchFolder

    init(in scratch: ScratchFolder) throws {
        helper = try Program.builtBesideThis("measure")
        self.scratch = scratch
    }

    /// - Parameter turn: how long it works and is made to stand still, in turns; nil: it works
    ///   through.
    func run(
        _ program: Program, _ arguments: [String], turn: Duration? = nil
    ) throws -> MeasuredRun {
        let output = scratch.path("stdout")
        let milliseconds = turn.map { Int($0 / .milliseconds(1)) } ?? 0
        let text = try helper.run(
            [output, String(milliseconds), program.path] + arguments, in: scratch)
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
            .map { $0.split(separator: " ").compactMap { Int($0) } }
        guard let numbers = lines.first, numbers.count == 4,
            lines.dropFirst().allSatisfy({ $0.count == 2 && $0[0] <= $0[1] })
        else { throw Fault(.failed, "measure printed no measurement") }
        let stops = lines.dropFirst().map { Double($0[0]) / 1e9..<Double($0[1]) / 1e9 }
        let stood = stops.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        let errors = (try? String(contentsOfFile: scratch.path("stderr"), encoding: .utf8)) ?? ""
        return MeasuredRun(
            status: numbers[0], seconds: Double(numbers[1]) / 1e9 - stood,
            peak: numbers[2] * 1024, processorSeconds: Double(numbers[3]) / 1e6, stops: stops,
            output: output, errors: String(errors.suffix(2000)))
    }
}

/// The clock of `measure`.
enum BootTime {
    /// Seconds since this machine was started.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
