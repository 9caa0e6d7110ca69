import Basics
import Foundation
import Testing
import Transition

@testable import ClusterFiles

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let base = FileManager.default.temporaryDirectory.appending(
            path: "orchestrator-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        path = base.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
    func text(_ name: String) -> String? {
        try? String(contentsOfFile: file(name), encoding: .utf8)
    }
    func write(_ text: String, to name: String) throws {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
    }
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file(name))
        return (attributes[.posixPermissions] as? Int) ?? -1
    }
}

private func state(_ uid: String) throws -> StateFile {
    var state = StateFile()
    state.journal = Journal(clusterUID: uid)
    return state
}

private func fault(_ body: () async throws -> Void) async -> Fault? {
    do {
        try await body()
        return nil
    } catch {
        return Fault(error)
    }
}

@Suite struct StateStoreTests {
    @Test("no file, a new cluster; saved, 0600 with the version before beside it")
    func saveAndLoad() async throws {
        let folder = try TemporaryFolder()
        let store = StateStore(path: folder.file("cluster.rkestate"))
        try await store.lock(command: "orchestrator up")
        var loaded = try await store.load()
        #expect(loaded.journal == nil)
        loaded.journal = Journal(clusterUID: "one")
        try await store.save(loaded)
        #expect(try folder.names() == ["cluster.rkestate", "cluster.rkestate.lock"])
        let first = folder.text("cluster.rkestate")
        loaded.journal?.clusterUID = "two"
        try await store.save(loaded)
        #expect(folder.text("cluster.rkestate.bak") == first)
        #expect(try await store.load().journal?.clusterUID == "two")
        for name in try folder.names() { #expect(try folder.mode(name) == 0o600, "\(name)") }
    }

    @Test("a file readable by others, 0600 after a save")
    func tightened() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{}", to: "s")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: folder.file("s"))
        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        var loaded = try await store.load()
        loaded.journal = Journal()
        try await store.save(loaded)
        #expect(try folder.mode("s") == 0o600)
        #expect(try folder.mode("s.bak") == 0o600)
        #expect(folder.text("s.bak") == "{}")
    }

    @Test("nothing changed, nothing written")
    func unchanged() async throws {
        let folder = try TemporaryFolder()
        try folder.write(StateFileTests.foreign, to: "s")
        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        try await store.save(store.load())
        #expect(folder.text("s") == StateFileTests.foreign)
        #expect(try folder.names() == ["s", "s.lock"])
    }

    @Test(
        "stopped at any step, the file is wholly the old or the new one and can be saved again",
        arguments: SaveStep.allCases)
    func crash(step: SaveStep) async throws {
        let folder = try TemporaryFolder()
        try folder.write(StateFileTests.foreign, to: "s")
        let crashing = StateStore(path: folder.file("s")) {
            if $0 == step { throw SimulatedCrash() }
        }
        try await crashing.lock(command: "t")
        var changed = try await crashing.load()
        changed.journal = try fullJournal()
        let new = try changed.encoded().exposedText()
        await #expect(throws: SimulatedCrash.self) { try await crashing.save(changed) }
        await crashing.unlock()

        let text = folder.text("s")
        let isNew = [.stateRenamed, .folderSynced].contains(step)
        #expect(text == (isNew ? new : StateFileTests.foreign))
        if let backup = folder.text("s.bak") { #expect(backup == StateFileTests.foreign) }

        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        var again = try await store.load()
        again.journal = Journal(clusterUID: "after")
        try await store.save(again)
        #expect(try await store.load().journal?.clusterUID == "after")
        #expect(folder.text("s.bak") == text)
        #expect(try folder.names() == ["s", "s.bak", "s.lock"])
        for name in try folder.names() { #expect(try folder.mode(name) == 0o600) }
    }

    @Test(
        "a disk that fails at any step, told and tidied up",
        arguments: SaveStep.allCases)
    func diskFailure(step: SaveStep) async throws {
        let folder = try TemporaryFolder()
        try folder.write(StateFileTests.foreign, to: "s")
        let store = StateStore(path: folder.file("s")) {
            if $0 == step { throw Fault(.failed, "no space left on device") }
        }
        try await store.lock(command: "t")
        var changed = try await store.load()
        changed.journal = try fullJournal()
        let new = try changed.encoded().exposedText()
        let fault = await fault { try await store.save(changed) }
        #expect(fault?.message == "saving \(folder.file("s")): no space left on device")
        let isNew = [.stateRenamed, .folderSynced].contains(step)
        #expect(folder.text("s") == (isNew ? new : StateFileTests.foreign))
        #expect(try folder.names().allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test("every step of a save is reached once, in order")
    func steps() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{}", to: "s")
        let seen = Seen()
        let store = StateStore(path: folder.file("s")) { seen.append($0) }
        try await store.lock(command: "t")
        _ = try await store.load()
        try await store.save(state("x"))
        #expect(seen.steps == SaveStep.allCases)
    }

    @Test(
        "changed by somebody else since it was read, not overwritten",
        arguments: ["{\"a\": 1}", nil] as [String?])
    func conflict(other: String?) async throws {
        let folder = try TemporaryFolder()
        try folder.write("{}", to: "s")
        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        _ = try await store.load()
        if let other {
            try folder.write(other, to: "s")
        } else {
            try FileManager.default.removeItem(atPath: folder.file("s"))
        }
        let fault = await fault { try await store.save(state("x")) }
        #expect(fault?.code == .conflict)
        #expect(folder.text("s") == other)
    }

    @Test("a torn file, refused and impossible to overwrite afterwards")
    func torn() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{\"desiredState\": {", to: "s")
        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        #expect(await fault { _ = try await store.load() }?.code == .corrupt)
        #expect(await fault { try await store.save(state("x")) }?.code == .refused)
        #expect(folder.text("s") == "{\"desiredState\": {")
    }

    @Test("the journal dropped by RKE's own save, still in the backup")
    func droppedByRKE() async throws {
        let folder = try TemporaryFolder()
        let store = StateStore(path: folder.file("s"))
        #expect(try await store.journalOfBackup() == nil)
        try await store.lock(command: "t")
        _ = try await store.load()
        try await store.save(state("one"))
        try await store.save(state("two"))
        try folder.write(StateFileTests.foreign, to: "s")
        #expect(try await store.load().journal == nil)
        #expect(try await store.journalOfBackup()?.clusterUID == "one")
    }

    @Test(
        "stopped at any step of the first save after RKE's, the journal is in the file or beside it",
        arguments: SaveStep.allCases)
    func crashAfterRKE(step: SaveStep) async throws {
        let folder = try TemporaryFolder()
        let first = StateStore(path: folder.file("s"))
        try await first.lock(command: "t")
        _ = try await first.load()
        try await first.save(state("one"), withBackup: true)
        await first.unlock()
        try folder.write(StateFileTests.foreign, to: "s")
        let crashing = StateStore(path: folder.file("s")) {
            if $0 == step { throw SimulatedCrash() }
        }
        try await crashing.lock(command: "t")
        var loaded = try await crashing.load()
        loaded.journal = try await crashing.journalOfBackup()
        try? await crashing.save(loaded)
        await crashing.unlock()
        let store = StateStore(path: folder.file("s"))
        let journal = try await store.load().journal
        let kept = try await store.journalOfBackup()
        #expect((journal ?? kept)?.clusterUID == "one")
        #expect(kept?.clusterUID == "one")
    }

    @Test("a save cut off before its backup, made up for by the next that wants the backup, too")
    func backupBehind() async throws {
        let folder = try TemporaryFolder()
        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        _ = try await store.load()
        try await store.save(state("with the key"), withBackup: true)
        try await store.save(state("without"))
        #expect(folder.text("s.bak")?.contains("with the key") == true)
        try await store.save(state("without"), withBackup: true)
        #expect(folder.text("s.bak") == folder.text("s"))
        #expect(try await store.load().journal?.clusterUID == "without")
    }

    @Test("a state that would not be read again, not saved")
    func unreadable() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{}", to: "s")
        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        var loaded = try await store.load()
        loaded.desiredProviderConfig = SecretBytes(copying: [])
        loaded.journal = Journal()
        #expect(await fault { try await store.save(loaded) }?.code == .failed)
        #expect(folder.text("s") == "{}")
    }

    @Test("a file that claims to be huge, refused before it is read")
    func huge() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{", to: "s")
        #expect(truncate(folder.file("s"), 100 << 20) == 0)
        let store = StateStore(path: folder.file("s"))
        #expect(
            await fault { _ = try await store.load() }?.message
                == "the file is 104857600 bytes long; at most 67108864 are read")
        #expect(throws: Fault.self) {
            try ClusterConfigReader.load(folder.file("s"), environment: [:])
        }
    }

    @Test("saved without the lock, refused")
    func unlocked() async throws {
        let folder = try TemporaryFolder()
        let store = StateStore(path: folder.file("s"))
        _ = try await store.load()
        #expect(await fault { try await store.save(state("x")) }?.code == .refused)
        #expect(try folder.names().isEmpty)
    }

    @Test("a symbolic link, written through to what it points to and still a link")
    func symlink() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("real"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("s"), withDestinationPath: "real/state")
        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        for uid in ["one", "two"] {
            _ = try await store.load()
            try await store.save(state(uid))
        }
        #expect(folder.text("real/state")?.contains("two") == true)
        #expect(folder.text("real/state.bak")?.contains("one") == true)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("s"))
                == "real/state")
        #expect(try folder.names() == ["real", "s"])
        let direct = StateStore(path: folder.file("real/state"))
        #expect(await fault { try await direct.lock(command: "u") }?.code == .conflict)
    }

    @Test("a second run, refused with the first one named; free again after it")
    func lockTwice() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = (
            StateStore(path: folder.file("s")), StateStore(path: folder.file("s"))
        )
        let clock = WallClock { Timestamp(seconds: 1_795_000_000) }
        try await first.lock(command: "orchestrator up", clock: clock)
        let fault = await fault { try await second.lock(command: "other") }
        #expect(fault?.code == .conflict)
        #expect(
            fault?.message.hasPrefix(
                "another run is under way: «orchestrator up», process \(getpid()) on ") == true)
        await first.unlock()
        try await second.lock(command: "other")
    }

    @Test("another process, kept out and let in")
    func lockBetweenProcesses() async throws {
        let folder = try TemporaryFolder()
        let store = StateStore(path: folder.file("s"))
        try await store.lock(command: "t")
        #expect(try flock(folder.file("s.lock"), "true") == 1)
        await store.unlock()
        #expect(try flock(folder.file("s.lock"), "true") == 0)
    }

    @Test("a folder, a pipe and a link in a circle in the file's place, refused")
    func notAFile() async throws {
        let folder = try TemporaryFolder()
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("circle"), withDestinationPath: "circle")
        for path in [folder.path, folder.file("pipe"), folder.file("circle")] {
            let store = StateStore(path: path)
            #expect(await fault { _ = try await store.load() } != nil, "\(path)")
        }
    }

    /// util-linux's `flock`: 1 where the lock is taken.
    private func flock(_ path: String, _ command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/flock")
        process.arguments = ["--nonblock", path, command]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

private final class Seen: @unchecked Sendable {
    // Only ever touched on the store's own thread, and read after it has finished.
    private(set) var steps: [SaveStep] = []
    func append(_ step: SaveStep) { steps.append(step) }
}
