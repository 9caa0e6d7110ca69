import ArgumentParser
import Basics
import Dispatch
import Foundation
import Orchestrator
import Synchronization

/// The first Ctrl-C (or SIGTERM) asks for an end at the next safe point, the second ends at once.
/// After either the same command continues.
struct SignalHandling {
    private let sources: [any DispatchSourceSignal]

    init(stop: StopSignal) {
        let asked = AskedOnce()
        sources = [SIGINT, SIGTERM].map { number in
            // On Linux Dispatch takes the signal from its handler itself. Until it has, one ends the
            // program, which has done nothing yet; were it ignored, it would be lost.
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                guard asked.isFirst() else {
                    CommandLineProgram.end(ExitCode(ExitStatus.interrupted.rawValue))
                }
                stop.request()
                // Standard error may be gone, or its reader asleep; the next signal counts all the
                // same.
                try? OwnThread.start(named: "signal") {
                    Console.writeError(
                        "\nStopping at the next safe point; once more stops at once.\n")
                }
            }
            source.activate()
            return source
        }
    }

    func end() {
        for source in sources { source.cancel() }
    }
}

private final class AskedOnce: Sendable {
    private let wasAsked = Mutex(false)

    func isFirst() -> Bool {
        wasAsked.withLock { wasAsked in
            defer { wasAsked = true }
            return !wasAsked
        }
    }
}
