import LabKit
import Testing
import Trials

/// Where something is wrong, a run that would else change everything leaves all as it is.
@Suite(
    "nothing is touched: enabling",
    .serialized, .lab(nodes: 3, user: .docker, encryption: .on, secrets: 3))
struct EnablingUntouchedTests {
    @Test("nothing wrong, enabling would begin")
    func control() async throws {
        let user = try Operator(of: SuiteLab.lab())
        let plan = try await World.expectingNoTouch(user) {
            try await user.succeed("up", "--dry-run", giving: DryRunDocument.self)
        }
        #expect(plan.operations.map(\.kind) == ["enable"])
    }

    @Test("something wrong, said where and why and what to do", arguments: Mishap.all)
    func untouched(_ mishap: Mishap) async throws {
        try await mishap.expectNothingTouched(by: ["up"], on: SuiteLab.lab())
    }

    @Test("no bad cluster.yml was overlooked")
    func fixtures() { #expect(Mishap.fixturesOfClusterFiles.count >= 9) }

    @Test("rotating a key where there is none, refused")
    func nothingToRotate() async throws {
        let mishap = Mishap.inFolder(
            "no encryption", status: 3, says: "encryption isn't enabled",
            advises: "secrets_encryption_config.enabled: true"
        ) { _ in }
        try await mishap.expectNothingTouched(
            by: ["encrypt", "rotate-key"], on: SuiteLab.lab())
    }
}

@Suite(
    "nothing is touched: rotating",
    .serialized,
    .lab(nodes: 3, user: .sudo, encryption: .on, secrets: 3) { lab in
        let _: WorkflowDocument = try await Operator(of: lab).succeed("up")
    })
struct RotatingUntouchedTests {
    @Test("nothing wrong, rotating would begin")
    func control() async throws {
        let user = try Operator(of: SuiteLab.lab())
        let plan = try await World.expectingNoTouch(user) {
            try await user.succeed(
                "encrypt", "rotate-key", "--dry-run", giving: DryRunDocument.self)
        }
        #expect(plan.operations.map(\.kind) == ["rotate-key"])
    }

    @Test("something wrong, said where and why and what to do", arguments: Mishap.all)
    func untouched(_ mishap: Mishap) async throws {
        try await mishap.expectNothingTouched(by: ["encrypt", "rotate-key"], on: SuiteLab.lab())
    }

    @Test("rotating where cluster.yml wants no encryption, refused")
    func notConfigured() async throws {
        let mishap = Mishap.inFolder(
            "not configured", status: 3, says: "cluster.yml doesn't ask for encryption",
            advises: "orchestrator up"
        ) { user in
            try user.edit("cluster.yml") { $0.replacing("enabled: true", with: "enabled: false") }
        }
        try await mishap.expectNothingTouched(
            by: ["encrypt", "rotate-key"], on: SuiteLab.lab())
    }
}
