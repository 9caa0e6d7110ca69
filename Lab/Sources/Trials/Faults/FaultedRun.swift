internal import Basics
internal import Foundation
internal import Synchronization

/// A run that may meet a fault: it can be held still while the fault is brought about, and is
/// ended when it takes too long.
final class FaultedRun: Sendable {
    let program: RunningProgram
    private let ended = Mutex<ProgramResult?>(nil)

    init(_ program: RunningProgram) {
        self.program = program
        Task { [self] in
            let result = await program.end()
            ended.withLock { $0 = result }
        }
    }

    /// Nil while it runs.
    var result: ProgramResult? { ended.withLock(\.self) }

    /// Runs a body while the program is stopped.
    func held<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        signal(SIGSTOP)
        defer { signal(SIGCONT) }
        return try await body()
    }

    /// - Returns: nil when it hadn't ended in time and was killed.
    func end(within limit: Duration) async throws -> ProgramResult? {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let result { return result }
            try await Task.sleep(for: .milliseconds(20))
        }
        signal(SIGKILL)
        while result == nil { try await Task.sleep(for: .milliseconds(20)) }
        return nil
    }

    private func signal(_ number: Int32) {
        if result == nil { program.signal(number) }
    }
}
