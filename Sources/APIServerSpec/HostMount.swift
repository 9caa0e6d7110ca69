/// A folder or file of the host as a process sees it that has file systems of its own.
public struct HostMount: Sendable, Hashable {
    public let hostPath: String
    public let processPath: String

    public init(hostPath: String, processPath: String) {
        self.hostPath = hostPath
        self.processPath = processPath
    }
}

extension [HostMount] {
    /// The host's path of what the process sees under `path`; nil where it is not on the host, and
    /// a file put on the host would never be seen.
    public func hostPath(of path: String) -> String? {
        covering(path).map { join($0.hostPath, path, after: $0.processPath) }
    }

    /// The mount through which the process sees `path`.
    public func covering(_ path: String) -> HostMount? {
        filter { isPrefix($0.processPath, of: path) }
            .max { $0.processPath.count < $1.processPath.count }
    }

    /// The other way round: where the process sees the host's `path`.
    public func processPath(of path: String) -> String? {
        let candidates = filter { isPrefix($0.hostPath, of: path) }
            .sorted { $0.hostPath.count > $1.hostPath.count }
            .map { join($0.processPath, path, after: $0.hostPath) }
        // A deeper mount may hide what a shallower one would show.
        return candidates.first { hostPath(of: $0) == path }
    }

    private func isPrefix(_ folder: String, of path: String) -> Bool {
        path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    private func join(_ base: String, _ path: String, after folder: String) -> String {
        let rest = path.dropFirst(folder.count).drop { $0 == "/" }
        if rest.isEmpty { return base }
        return base.hasSuffix("/") ? base + rest : "\(base)/\(rest)"
    }
}
