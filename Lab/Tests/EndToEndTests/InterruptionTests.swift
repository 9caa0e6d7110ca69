import Foundation
import LabKit
import Testing
import Trials

/// A run that ends half-way, by its user's will or not, is continued by the same command.
@Suite("interrupted runs", .serialized)
struct InterruptionTests {
    private static let total = 15

    @Test("Ctrl-C while enabling and twice while rotating, ended and continued")
    func interrupted() async throws {
        try await Harness.withLab(nodes: 2, user: .docker, encryption: .on) { lab in
            _ = try await lab.fill(secrets: Self.total - 5)
            let user = try Operator(of: lab)
            let steps = WorkflowSteps(user: user, total: Self.total)
            try await interrupt(user, ["up"], kind: "enable")
            #expect(try await lab.checkValues() == [])
            try await expectNoRotationNow(user)
            let first = try #require(try await continued(user, ["up"]).keys.first)
            try await steps.expectDeployed(first)
            try await steps.expectStored(first.storedPrefix)

            try await interrupt(user, ["encrypt", "rotate-key"], kind: "rotate-key", times: 2)
            let second = try #require(
                try await continued(user, ["encrypt", "rotate-key"]).keys.first)
            #expect(second != first)
            try await steps.expectDeployed(second)
            try await steps.expectStored(second.storedPrefix)
            try await steps.nothingLeftToDo()
        }
    }

    /// Ctrl-C as soon as the first API server is confirmed at a stage. The second one ends the run
    /// at once, wherever it is.
    private func interrupt(
        _ user: Operator, _ command: [String], kind: String, times: Int = 1
    ) async throws {
        let run = try user.start(command)
        try await eventually("a first node is confirmed") {
            run.errorOutput.contains("confirmed")
        }
        run.signal(SIGINT)
        try await eventually("it has noticed") { run.errorOutput.contains("Stopping") }
        if times > 1 { run.signal(SIGINT) }
        let result = await run.end()
        #expect(result.status == 130, "\(result.errorOutput)")
        if times == 1 {
            #expect(result.errorOutput.contains("orchestrator \(command.joined(separator: " "))"))
        }
        let status = try await user.run("encrypt", "status", "--output", "json")
        #expect(status.status == 4)
        #expect(try status.document(StatusDocument.self).operation?.kind == kind)
    }

    private func continued(
        _ user: Operator, _ command: [String]
    ) async throws -> WorkflowDocument {
        let result = try await user.start(command + ["--output", "json"]).end()
        #expect(result.status == 0, "\(result.errorOutput)")
        let done = try result.document(WorkflowDocument.self)
        #expect(done.operation?.resumed == true)
        return done
    }

    private func expectNoRotationNow(_ user: Operator) async throws {
        let mishap = Mishap.inFolder(
            "enabling is unfinished", status: 3, says: "is unfinished",
            advises: "orchestrator up finishes it"
        ) { _ in }
        try await mishap.expectNothingTouched(by: ["encrypt", "rotate-key"], on: user.lab)
    }

    @Test("killed three times while enabling, the same command ends well")
    func killed() async throws {
        try await Harness.withLab(nodes: 2, user: .root, encryption: .on) { lab in
            _ = try await lab.fill(secrets: Self.total - 5)
            let user = try Operator(of: lab)
            var story = ""
            for _ in 0..<3 {
                let delay = Int.random(in: 500...6000)
                let run = try user.start(["up"])
                try await Task.sleep(for: .milliseconds(delay))
                run.signal(SIGKILL)
                let result = await run.end()
                story += "killed after \(delay) ms:\n\(result.errorOutput)"
                #expect([0, 128 + Int(SIGKILL)].contains(result.status), "\(story)")
            }
            let last = try await user.run("up", "--output", "json")
            story += "last:\n\(last.errorOutput)"
            try #require(last.status == 0, "\(story)")
            let key = try #require(try last.document(WorkflowDocument.self).keys.first)
            let steps = WorkflowSteps(user: user, total: Self.total)
            try await steps.expectDeployed(key)
            try await steps.expectStored(key.storedPrefix)
            try await steps.nothingLeftToDo()
        }
    }

    @Test("a second run beside a slow one, refused and told who runs")
    func twoRuns() async throws {
        try await Harness.withLab(nodes: 1, user: .docker, encryption: .on) { lab in
            let user = try Operator(of: lab)
            let slow = try user.start(["up"])
            try await eventually("the first run has begun") { !slow.errorOutput.isEmpty }
            slow.signal(SIGSTOP)
            let second = try await user.run("up", "--output", "json")
            slow.signal(SIGCONT)
            #expect(second.status == 3)
            let fault = try second.document(FaultDocument.self).error
            #expect(fault.message.contains("orchestrator up"))
            #expect(fault.message.contains("process \(slow.process)"))
            #expect(await slow.end().status == 0)
        }
    }
}
