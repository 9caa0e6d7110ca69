package import Foundation
internal import LabKit
internal import Synchronization

/// Looks, again and again while a body runs, at every place where a key could show: command lines
/// and environments of all processes (those of nodes and containers are the host's, too), what
/// the Docker Engines keep of containers, and temporary folders.
package final class Watch: Sendable {
    package struct Sample: Sendable {
        package let place: String
        package let bytes: Data
    }

    private struct State {
        /// Each content once, with the first place where it was seen.
        var seen: [Data: String] = [:]
        /// What a file was like when it was read last, so that it's read anew only when changed.
        var versions: [String: String] = [:]
        var looks = 0
        /// Places where a file of keys could be read by others than its owner.
        var open: Set<String> = []
        var isOver = false
    }

    private let nodes: [(name: String, root: String, configs: String)]
    private let operators: [String]
    private let started: Date
    private let state = Mutex(State())

    private init(_ user: Operator, _ roots: [(String, String, String)]) {
        nodes = roots
        operators = [user.folder, "/tmp", "/var/tmp"]
        started = Date()
    }

    /// - Returns: what the body gives, and what was seen meanwhile.
    package static func during<Value>(
        runsOf user: Operator, _ body: () async throws -> Value
    ) async throws -> (Value, Watch) {
        let watch = Watch(
            user,
            try user.lab.nodes.map {
                ($0.name, try $0.root(), $0.runtime.certificates)
            })
        let thread = Thread {
            while !watch.state.withLock({ $0.isOver }) {
                watch.look()
                Thread.sleep(forTimeInterval: 0.15)
            }
        }
        thread.start()
        defer { watch.state.withLock { $0.isOver = true } }
        let value = try await body()
        watch.look()
        return (value, watch)
    }

    package var looks: Int { state.withLock(\.looks) }
    package var open: Set<String> { state.withLock(\.open) }
    package var samples: [Sample] {
        state.withLock { state in state.seen.map { Sample(place: $1, bytes: $0) } }
    }

    /// When it began, for finding what was changed since.
    package var start: Date { started }

    // MARK: One look

    package func look() {
        for process in names(in: "/proc") where Int(process) != nil {
            for file in ["cmdline", "environ"] {
                note(FileManager.default.contents(atPath: "/proc/\(process)/\(file)"), file)
            }
        }
        for (name, root, configs) in nodes {
            // All of what docker inspect and docker logs tell comes from these files.
            walk(root + "/var/lib/docker/containers", depth: 2, "\(name): containers")
            for folder in ["tmp", "var/tmp", "root", "home", "run", "var/log"] {
                walk("\(root)/\(folder)", depth: 2, "\(name): /\(folder)")
            }
            noteModes(of: root + configs, { $0.contains("encryption") }, name)
        }
        for folder in operators {
            walk(folder, depth: 1, folder, changedSince: started)
            noteModes(of: folder, { $0.hasPrefix(Self.stateFile) }, folder)
        }
        state.withLock { $0.looks += 1 }
    }

    /// Begins the names of the files that are there to hold keys.
    private static let stateFile = "cluster.rkestate"

    private func walk(_ folder: String, depth: Int, _ place: String, changedSince: Date? = nil) {
        for name in names(in: folder) where !name.hasPrefix(Self.stateFile) {
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR, depth > 0 {
                walk(path, depth: depth - 1, place, changedSince: changedSince)
            }
            guard status.st_mode & S_IFMT == S_IFREG, status.st_size < 8 << 20,
                Double(status.st_mtim.tv_sec) >= (changedSince?.timeIntervalSince1970 ?? 0) - 1
            else { continue }
            let time = status.st_mtim
            let version = "\(status.st_ino) \(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
            let isKnown = state.withLock { state in
                defer { state.versions[path] = version }
                return state.versions[path] == version
            }
            if !isKnown { note(FileManager.default.contents(atPath: path), "\(place): \(path)") }
        }
    }

    private func noteModes(
        of folder: String, _ holdsKeys: (String) -> Bool, _ place: String
    ) {
        for name in names(in: folder) where holdsKeys(name) && !name.hasSuffix(".lock") {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & 0o077 != 0 else {
                continue
            }
            state.withLock {
                _ = $0.open.insert("\(place): \(name) \(String(status.st_mode, radix: 8))")
            }
        }
    }

    private func note(_ bytes: Data?, _ place: String) {
        guard let bytes, !bytes.isEmpty else { return }
        state.withLock { state in
            if state.seen[bytes] == nil { state.seen[bytes] = place }
        }
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}
