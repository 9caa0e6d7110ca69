import LabKit
import Testing
import Trials

/// One lab for all tests of a suite: made before the first, taken down after the last.
struct LabTrait: SuiteTrait, TestScoping {
    let nodes: Int
    let user: LabOptions.User
    let encryption: LabOptions.Encryption
    let secrets: Int
    /// Runs on the new lab before the first test.
    let prepare: @Sendable (Lab) async throws -> Void

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await Harness.withLab(nodes: nodes, user: user, encryption: encryption) { lab in
            _ = try await lab.fill(secrets: secrets)
            try await prepare(lab)
            try await SuiteLab.$current.withValue(lab) { try await body() }
        }
    }
}

extension Trait where Self == LabTrait {
    /// - Parameter secrets: how many Secrets there are besides the five of special kinds.
    static func lab(
        nodes: Int, user: LabOptions.User, encryption: LabOptions.Encryption = .absent,
        secrets: Int, prepare: @escaping @Sendable (Lab) async throws -> Void = { _ in }
    ) -> LabTrait {
        LabTrait(
            nodes: nodes, user: user, encryption: encryption, secrets: secrets, prepare: prepare)
    }
}

enum SuiteLab {
    @TaskLocal static var current: Lab?

    /// The lab of the suite to which the running test belongs.
    static func lab() throws -> Lab {
        try #require(current, "the test's suite has no trait .lab")
    }
}
