import ArgumentParser
import Basics
import Foundation
import Testing
import Transition

@testable import Orchestrator
@testable import OrchestratorCLI

/// In processes of their own, for signals and standard streams are one per process. One after the
/// other, since the testing library blocks a thread of the cooperative pool as long as each runs.
@Suite(.serialized) struct SignalTests {
    private static let plan = DryRun(operations: [
        .init(kind: .enable, wasResumed: false, steps: [.rewrite([.secrets])])
    ])

    /// Asks as `encrypt abort` does and ends as the program does.
    private static func confirm(_ signals: SignalHandling) async -> Never {
        do {
            let console = Console(try OutputOptions.parse([]))
            try await console.reportingFaults {
                try await console.confirm("Go back?", plan: plan, signals: signals)
            }
            CommandLineProgram.end(.success)
        } catch {
            CommandLineProgram.end(OrchestratorCommand.exitCode(for: error))
        }
    }

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

    @Test("Ctrl-C at the question, ended at once as interrupted")
    func atTheQuestion() async {
        await #expect(processExitsWith: .exitCode(130)) {
            let terminal = try Terminal()
            let signals = await SignalHandling.watching(StopSignal())
            terminal.when(shown: "Go back? [y/N] ") { terminal in
                // Until the line is being read.
                usleep(200_000)
                kill(getpid(), SIGINT)
                terminal.read(until: "Nothing was touched.")
            }
            await SignalTests.confirm(signals)
        }
    }

    @Test("Ctrl-C before the question, nothing asked")
    func beforeTheQuestion() async {
        await #expect(processExitsWith: .exitCode(130)) {
            let terminal = try Terminal()
            let stop = StopSignal()
            let signals = await SignalHandling.watching(stop)
            terminal.when(shown: "Go back?") { terminal in terminal.type("y\n") }
            kill(getpid(), SIGINT)
            await stop.untilRequested()
            await SignalTests.confirm(signals)
        }
    }

    @Test("answered with yes, taken at its word")
    func confirmed() async {
        await #expect(processExitsWith: .success) { try await SignalTests.answer("y\n") }
        await #expect(processExitsWith: .success) { try await SignalTests.answer("Yes \n") }
    }

    @Test("answered with anything else or not at all, refused")
    func refused() async {
        await #expect(processExitsWith: .exitCode(3)) { try await SignalTests.answer("n\n") }
        await #expect(processExitsWith: .exitCode(3)) { try await SignalTests.answer("\n") }
        // Ctrl-D.
        await #expect(processExitsWith: .exitCode(3)) { try await SignalTests.answer("\u{4}") }
    }

    private static func answer(_ line: String) async throws {
        let terminal = try Terminal()
        let signals = await SignalHandling.watching(StopSignal())
        terminal.when(shown: "[y/N] ") { $0.type(line) }
        await confirm(signals)
    }

    @Test("Ctrl-C after the answer, the first only asks for the end")
    func afterTheAnswer() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let terminal = try Terminal()
            let stop = StopSignal()
            let signals = await SignalHandling.watching(stop)
            terminal.when(shown: "[y/N] ") { $0.type("y\n") }
            try await Console(try OutputOptions.parse([]))
                .confirm("Go back?", plan: SignalTests.plan, signals: signals)
            kill(getpid(), SIGINT)
            await stop.untilRequested()
            CommandLineProgram.end(ExitCode(7))
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
