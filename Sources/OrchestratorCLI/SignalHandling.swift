import ArgumentParser
import Basics
import Dispatch
import Foundation
import Orchestrator
import Synchronization

/// The first Ctrl-C (or SIGTERM) asks for an end at the next safe point, the second ends at once.
/// After either the same command continues. At a question, before which nothing was done, the first
/// ends the program, too.
struct SignalHandling {
    private let reaction: SignalReaction
    private let sources: [any DispatchSourceSignal]

    init(stop: StopSignal) {
        let reaction = SignalReaction(stop: stop)
        self.reaction = reaction
        sources = [SIGINT, SIGTERM].map { number in
            // On Linux Dispatch takes the signal from its handler itself. Until it has, one ends
            // the program, which has done nothing yet; were it ignored, it would be lost.
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { reaction.signalled() }
            source.activate()
            return source
        }
    }

    func end() {
        for source in sources { source.cancel() }
    }

    /// Asks a person. A signal, also one that came before, cancels the task in which `ask` runs.
    ///
    /// - Throws: `CancellationError` after a signal, whatever was answered; else what `ask` throws.
    func whileAsking<Answer: Sendable>(
        _ ask: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        guard !reaction.isEnding else { throw CancellationError() }
        let asking = Task(operation: ask)
        reaction.ask { asking.cancel() }
        let answer = await withTaskCancellationHandler {
            await asking.result
        } onCancel: {
            asking.cancel()
        }
        guard reaction.isAnswered() else { throw CancellationError() }
        return try answer.get()
    }
}

/// What the next signal does.
private final class SignalReaction: Sendable {
    private enum Phase {
        case working
        case asking(giveUp: @Sendable () -> Void)
        case ending
    }

    private let stop: StopSignal
    private let phase = Mutex(Phase.working)

    init(stop: StopSignal) { self.stop = stop }

    var isEnding: Bool {
        phase.withLock { if case .ending = $0 { true } else { false } }
    }

    func signalled() {
        let phase = phase.withLock { phase in
            defer { phase = .ending }
            return phase
        }
        switch phase {
        case .working:
            stop.request()
            // Standard error may be gone, or its reader asleep; the next signal counts all the
            // same.
            try? OwnThread.start(named: "signal") {
                Console.writeError(
                    "\nStopping at the next safe point; once more stops at once.\n")
            }
        case .asking(let giveUp): giveUp()
        case .ending: CommandLineProgram.end(ExitCode(ExitStatus.interrupted.rawValue))
        }
    }

    func ask(_ giveUp: @escaping @Sendable () -> Void) {
        let isEnding = phase.withLock { phase in
            if case .ending = phase { return true }
            phase = .asking(giveUp: giveUp)
            return false
        }
        if isEnding { giveUp() }
    }

    /// False where a signal came first.
    func isAnswered() -> Bool {
        phase.withLock { phase in
            if case .ending = phase { return false }
            phase = .working
            return true
        }
    }
}
