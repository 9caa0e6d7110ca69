import Foundation
import Testing

@testable import Orchestrator
@testable import OrchestratorCLI

/// In processes of their own, for signals and standard streams are one per process.
@Suite struct SignalTests {
    @Test("the reader of standard error is gone: the first asks for the end, the second ends")
    func brokenPipe() async {
        await #expect(processExitsWith: .exitCode(130)) {
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0 && dup2(ends[1], STDERR_FILENO) >= 0)
            close(ends[0])
            close(ends[1])
            alarm(60)
            signal(SIGPIPE, SIG_IGN)
            let stop = StopSignal()
            let signals = await SignalHandling.watching(stop)
            kill(getpid(), SIGINT)
            await stop.untilRequested()
            // The message has time to fail.
            try await Task.sleep(for: .milliseconds(200))
            kill(getpid(), SIGINT)
            try await Task.sleep(for: .seconds(50))
            signals.end()
        }
    }

    @Test("the reader of standard error is asleep: the second ends all the same")
    func fullPipe() async {
        await #expect(processExitsWith: .exitCode(130)) {
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            let flags = fcntl(ends[1], F_GETFL)
            try #require(fcntl(ends[1], F_SETFL, flags | O_NONBLOCK) == 0)
            while write(ends[1], "x", 1) == 1 {}
            try #require(fcntl(ends[1], F_SETFL, flags) == 0)
            try #require(dup2(ends[1], STDERR_FILENO) >= 0)
            alarm(60)
            let stop = StopSignal()
            let signals = await SignalHandling.watching(stop)
            kill(getpid(), SIGTERM)
            await stop.untilRequested()
            kill(getpid(), SIGTERM)
            try await Task.sleep(for: .seconds(50))
            signals.end()
        }
    }
}

extension SignalHandling {
    /// Dispatch begins to watch for signals on a thread of its own; returns when it has.
    fileprivate static func watching(_ stop: StopSignal) async -> SignalHandling {
        let signals = SignalHandling(stop: stop)
        for number in [SIGINT, SIGTERM] {
            while !isWatched(number) { try? await Task.sleep(for: .milliseconds(1)) }
        }
        return signals
    }

    private static func isWatched(_ number: Int32) -> Bool {
        var action = sigaction()
        return sigaction(number, nil, &action) == 0
            && action.__sigaction_handler.sa_handler != nil
    }
}

extension StopSignal {
    fileprivate func untilRequested() async {
        _ = try? await interrupting { try await Task.sleep(for: .seconds(50)) }
    }
}
