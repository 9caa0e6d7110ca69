internal import APIServerSpec
internal import Basics
internal import SSH

/// One look at everything about kube-apiserver on a node of static pods.
struct StaticPodSight: Sendable {
    /// Every kube-apiserver of this node's network, in the order of their starts. For a moment there
    /// may be two: one that is ending, and another.
    let processes: [NodeProcess]
    /// All files of the manifests' folder that mention it.
    let files: [String]
    /// An earlier run was interrupted while it changed the manifest.
    let hasCopy: Bool
    /// The newest first.
    let logs: [ContainerLog]
    /// Nil where there is no such file.
    let manifest: NodeFile?

    /// Reads what `StaticPodScripts.look` prints.
    init(_ result: SSHCommandResult, manifest path: String) throws {
        var lines: [Substring] = []
        var rest: SecretBytes?
        result.output.withUnsafeBytes { bytes in
            var start = bytes.startIndex
            while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: bytes[start..<end], as: UTF8.self)
                start = end + 1
                if line == "manifest" {
                    rest = SecretBytes(copying: bytes[start...])
                    return
                }
                lines.append(Substring(line))
            }
        }
        guard let rest else {
            throw Fault(
                .remote,
                "can't look at the node's static pods: "
                    + LogExcerpt.plain(String(result.errorOutput.suffix(400))))
        }
        processes = try Self.processes(lines)
        files = lines.compactMap { $0.after("file ") }
        hasCopy = lines.contains("copy")
        logs = lines.compactMap { $0.after("log ").flatMap(ContainerLog.init) }
        if result.ending == .status(FileScripts.Problem.absent.rawValue) {
            manifest = nil
        } else if case .status(let status) = result.ending,
            let problem = FileScripts.Problem(rawValue: status)
        {
            throw problem.fault(path)
        } else if result.succeeded {
            manifest = try FileListing.file(from: rest, path: path)
        } else {
            throw Fault(
                .failed,
                "can't read \(path) on the node: "
                    + LogExcerpt.plain(String(result.errorOutput.suffix(400))))
        }
    }

    /// Processes out of the lines that the scripts print of them.
    static func processes(_ lines: [Substring]) throws -> [NodeProcess] {
        guard let clock = lines.first?.after("clock ").flatMap({ NodeClock($0) }) else {
            throw Fault(
                .remote, "the node's /proc can't be read",
                hint: "Its kernel has to be Linux, with date, od, grep, stat and readlink at hand.")
        }
        let pairs = zip(lines, lines.dropFirst()).compactMap { first, second in
            first.after("process ").flatMap { line in
                second.after("cmdline ").map { (line, $0) }
            }
        }
        let all = pairs.compactMap { NodeProcess(line: $0, commandLine: $1, clock: clock) }
        return all.sorted { ($0.startTicks, $0.pid) < ($1.startTicks, $1.pid) }
    }
}

extension StaticPodSight {
    /// Those that are kube-apiservers: with the argument as a word of its own, by name, and no
    /// wrapper (go-runner, a shell) that runs another of them. Anybody on the node can start
    /// something with such a command line, so the user counts too.
    static func servers(
        of processes: [NodeProcess], called names: Set<String>, by users: Set<UInt32>
    ) -> [NodeProcess] {
        let candidates = processes.filter { users.contains($0.user) }.filter { process in
            let programs = process.words.programs
            return ServerArguments(process.words).isServer && !programs.isDisjoint(with: names)
        }
        let parents = Set(candidates.map(\.parent))
        return candidates.filter { !parents.contains($0.pid) }
    }
}

extension [String] {
    /// Names of programs among the words of a command line, without their folders.
    var programs: Set<String> {
        Set(
            prefix { !$0.hasPrefix("-") }.compactMap { $0.split(separator: "/").last }.map(
                String.init))
    }
}

extension APIServerManifest {
    /// What its process may be called.
    var programs: Set<String> {
        Set(arguments.words.filter { !$0.hasPrefix("-") }).reduce(into: ["kube-apiserver"]) {
            $0.formUnion([$1].programs)
        }
    }

    /// The users that its process may run as: root, and whoever is named for the pod or for any of
    /// its containers, which is more than it needs, but nothing that anybody but root could add to.
    var users: Set<UInt32> {
        (contents.exposedText() ?? "").matches(of: /runAsUser["']?\s*:\s*([0-9]+)/)
            .reduce(into: [0] as Set<UInt32>) { users, match in
                if let user = UInt32(match.output.1) { users.insert(user) }
            }
    }
}

/// A log of one start of a container, as the kubelet names it.
struct ContainerLog: Sendable, Hashable {
    let path: String
    /// Of the pod, so that another pod's logs are told from these.
    let folder: String
    /// How often the container was started before, within its pod.
    let attempt: Int

    init?(_ path: String) {
        let parts = path.split(separator: "/")
        guard parts.count > 2, let name = parts.last,
            let attempt = Int(name.prefix { $0 != "." })
        else { return nil }
        self.path = path
        folder = String(parts[parts.count - 3])
        self.attempt = attempt
    }
}

extension Substring {
    fileprivate func after(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
