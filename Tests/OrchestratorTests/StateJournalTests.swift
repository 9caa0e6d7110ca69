import Basics
import ClusterFiles
import EncryptionModel
import Foundation
import Testing
import Transition

@testable import Orchestrator

/// What the state file records, and what it doesn't when it isn't itself any more.
@Suite struct StateJournalTests {
    private func journal(_ path: String) async throws -> StateJournal {
        let store = StateStore(path: path)
        try await store.lock(command: "test")
        return StateJournal(store: store, addresses: [], report: { _ in })
    }

    @Test("disabled, nothing is recorded as deployed; the file lost, nobody knows what is")
    func lost() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "state-journal-\(UUID())").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/cluster.rkestate"
        do {
            let first = try await journal(path)
            #expect(try await first.recordedConfig() == .unknown)
            var contents = Journal(clusterUID: "one")
            contents.history = [
                HistoryEntry(
                    operation: "1", kind: .disable, started: Timestamp(seconds: 1),
                    finished: Timestamp(seconds: 2), summary: "")
            ]
            try await first.save(contents, configs: StateConfigs(desired: nil, current: nil))
            #expect(try await first.recordedConfig() == .known(nil))
            contents.clusterUID = "two"
            try await first.save(contents, configs: nil)
        }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.removeItem(atPath: path + ".lock")
        let second = try await journal(path)
        #expect(try await second.load().clusterUID == "two")
        #expect(try await second.recordedConfig() == .unknown)
        // From then on it is written down again.
        try await second.save(
            try await second.load(), configs: StateConfigs(desired: nil, current: nil))
        #expect(try await second.recordedConfig() == .known(nil))
    }
}
