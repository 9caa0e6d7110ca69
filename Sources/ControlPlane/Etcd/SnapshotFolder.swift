public import Basics
internal import Crypto
internal import SSH

/// The folder of a node in which RKE keeps its etcd snapshots.
public struct SnapshotFolder: Sendable {
    /// RKE's, on every operating system (`services/etcd.go`, `EtcdSnapshotPath`).
    public static let usualPath = "/opt/rke/etcd-snapshots"

    /// One file of it.
    public struct Entry: Sendable, Hashable {
        public let file: String
        /// In bytes.
        public let size: Int
        public let modified: Timestamp

        /// RKE packs its snapshots with the state file.
        public var isArchive: Bool { file.hasSuffix(".zip") }
    }

    let scripts: RootScripts
    public let path: String
    private static let timeout: Duration = .seconds(6 * 3600)

    init(scripts: RootScripts, path: String = usualPath) {
        self.scripts = scripts
        self.path = path
    }

    private enum Status { static let exists = 61, mismatch = 62, missing = 63 }

    /// Everything in it that can be a snapshot, or its manifest, by name.
    public func list() async throws -> [Entry] {
        let text = try await scripts.run(
            """
            set -eu; cd "$1" 2>/dev/null || exit 0; for f in *; do [ -f "$f" ] || continue; \
            stat -c "%s %Y %n" "$f"; done
            """, [path], folders: [path], to: "list the snapshots in \(path)")
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let size = Int(parts[0]), let seconds = Int64(parts[1]),
                SnapshotName(file: String(parts[2])) != nil
            else { return nil }
            return Entry(
                file: String(parts[2]), size: size, modified: Timestamp(seconds: seconds))
        }.sorted { ($0.modified, $0.file) < ($1.modified, $1.file) }
    }

    /// SHA-256 of a file, in hexadecimal; nil where there is none.
    public func hash(of file: String) async throws -> String? {
        do {
            let text = try await scripts.run(
                """
                set -eu; [ -f "$1/$2" ] || exit \(Status.missing); \
                sha256sum <"$1/$2"
                """, [path, file], folders: [path], to: "read \(path)/\(file)",
                timeout: Self.timeout)
            return text.split(separator: " ").first.map(String.init)
        } catch let fault as Fault where fault.scriptStatus == Status.missing {
            return nil
        }
    }

    /// Puts a file there, 0600, whole or not at all, seen to be what was sent.
    ///
    /// - Parameter hash: its SHA-256 in hexadecimal.
    /// - Throws: `Fault`, `.conflict` where another file of the name is there already. The same
    ///   one is no error.
    public func put(
        _ local: SeekableFile, as file: String, hash: String,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        let activity = "put \(path)/\(file)"
        let command = try await scripts.command(
            """
            set -eu; umask 077; mkdir -p "$1"; t="$1/.$2.orchestrator-$3"; \
            c() { rm -f "$t"; }; trap c EXIT; trap "exit 1" HUP INT TERM; \
            h() { sha256sum <"$1" | cut -d " " -f 1; }; \
            if [ -e "$1/$2" ]; then if [ "$(h "$1/$2")" = "$4" ]; then cat >/dev/null; exit 0; \
            else exit \(Status.exists); fi; fi; \
            set -C; cat >"$t"; set +C; [ "$(h "$t")" = "$4" ] || exit \(Status.mismatch); \
            sync; mv "$t" "$1/$2"; sync
            """, [path, file, try randomIdentifier(), hash], folders: [path])
        let result = try await scripts.shell.send(
            local, to: command, timeout: Self.timeout, progress: progress)
        do {
            try RootScripts.check(result, activity)
        } catch let fault as Fault where fault.scriptStatus == Status.exists {
            throw Fault(
                .conflict, "\(path)/\(file) is there already, and is another file",
                hint: "Choose another --name.", cause: fault.cause)
        } catch let fault as Fault where fault.scriptStatus == Status.mismatch {
            throw Fault(
                .discrepancy, "\(path)/\(file) didn't arrive as it was sent",
                hint: "Run it again. Is the disk of the node full or failing?", cause: fault.cause)
        }
    }

    /// Copies a file of it to this machine.
    ///
    /// - Throws: `Fault`, `.notFound` where there is none.
    public func get(
        _ file: String, into local: NewFile,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        let command = try await scripts.command(
            """
            set -eu; [ -f "$1/$2" ] || exit \(Status.missing); cat "$1/$2"
            """, [path, file], folders: [path])
        let result = try await scripts.shell.receive(
            into: local, from: command, timeout: Self.timeout, progress: progress)
        do {
            try RootScripts.check(result, "copy \(path)/\(file)")
        } catch let fault as Fault where fault.scriptStatus == Status.missing {
            throw Fault(.notFound, "there is no \(path)/\(file)", cause: fault.cause)
        }
        try local.flush()
    }

    /// Removes a file. None is no error.
    public func remove(_ file: String) async throws {
        _ = try await scripts.run(
            """
            set -eu; rm -f "$1/$2"; sync
            """, [path, file], folders: [path], to: "remove \(path)/\(file)")
    }
}
