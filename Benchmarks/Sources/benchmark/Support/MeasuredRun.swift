internal import Basics
internal import Foundation

/// What one run of a program took.
struct MeasuredRun: Sendable {
    let status: Int
    /// From fork to end.
    let seconds: Double
    /// Bytes of memory at its greatest: its own, or that of the greatest of its children.
    let peak: Int
    /// Of the processor, with all its children.
    let processorSeconds: Double
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

    func run(_ program: Program, _ arguments: [String]) throws -> MeasuredRun {
        let output = scratch.path("stdout")
        let text = try helper.run([output, program.path] + arguments, in: scratch)
        let numbers = String(decoding: text, as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard numbers.count == 4 else { throw Fault(.failed, "measure printed no measurement") }
        let errors = (try? String(contentsOfFile: scratch.path("stderr"), encoding: .utf8)) ?? ""
        return MeasuredRun(
            status: numbers[0], seconds: Double(numbers[1]) / 1e9, peak: numbers[2] * 1024,
            processorSeconds: Double(numbers[3]) / 1e6, output: output,
            errors: String(errors.suffix(2000)))
    }
}
