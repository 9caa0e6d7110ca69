import Basics
import Foundation
import Testing

@testable import ClusterFiles

@Suite struct LockedRunTests {
    @Test("one lock file, one identity, whoever has its lock; another file, another identity")
    func identity() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/locked-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func run(_ file: String) async throws -> LockedRun {
            let store = StateStore(path: "\(folder)/\(file)")
            #expect(await store.lockedRun() == nil)
            try await store.lock(command: "orchestrator up")
            let run = try #require(await store.lockedRun())
            await store.unlock()
            return run
        }
        let first = try await run("a.rkestate")
        #expect(first.holder.hasSuffix(", process \(getpid()), orchestrator up"))
        #expect(first.holder.hasPrefix("\(NSUserName())@"))
        let identity = try #require(first.lockFile)
        #expect(identity.count == 32 && identity.allSatisfy(\.isHexDigit))
        #expect(try await run("a.rkestate").lockFile == identity)
        #expect(try await run("b.rkestate").lockFile != identity)
    }
}
