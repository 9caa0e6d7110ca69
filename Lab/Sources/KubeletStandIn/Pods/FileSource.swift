/// Which pods the files of the static pod folder ask for: the kubelet's file source
/// (`pkg/kubelet/config/file.go`), without the files.
public struct FileSource: Sendable {
    /// The pods that are to run.
    public private(set) var pods: [StaticPod.Name: StaticPod] = [:]

    private let node: String
    /// The last pod of each name. It isn't always what `pods` is: a folder without a single pod in
    /// it empties the one and leaves the other.
    private var store: [StaticPod.Name: StaticPod] = [:]
    /// Which pod a file named when it was read last.
    private var named: [String: StaticPod.Name] = [:]

    /// - Parameter node: the node's name, which is part of each pod's identity.
    public init(node: String) { self.node = node }

    /// One file of the folder.
    public struct File: Sendable {
        public let path: String
        public let bytes: [UInt8]

        public init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }

        var isHidden: Bool { path.split(separator: "/").last?.hasPrefix(".") ?? true }
    }

    /// The whole folder was read anew. Of files that name the same pod the last by name wins, and a
    /// pod whose file can't be read any more is gone.
    ///
    /// - Returns: what is wrong with files, a line each.
    public mutating func relist(_ files: [File]) -> [String] {
        var (found, complaints): ([StaticPod.Name: StaticPod], [String]) = ([:], [])
        for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
        where !file.isHidden {
            do {
                let pod = try read(file)
                found[pod.name] = pod
            } catch {
                complaints.append("Could not process manifest file \(file.path): \(error)")
            }
        }
        if !found.isEmpty { store = found }
        pods = found
        return complaints
    }

    /// A file was made, moved in, written or given other rights: its pod is the newest.
    ///
    /// - Throws: what is wrong with it; then everything stays as it is.
    public mutating func touched(_ file: File) throws(ManifestError) {
        guard !file.isHidden else { return }
        let pod = try read(file)
        store[pod.name] = pod
        pods = store
    }

    /// A file was removed or moved away: so is the pod that it named, also where another file
    /// names the same one.
    public mutating func removed(path: String) {
        guard let name = named.removeValue(forKey: path) else { return }
        if store.removeValue(forKey: name) != nil { pods = store }
    }

    private mutating func read(_ file: File) throws(ManifestError) -> StaticPod {
        let pod = try StaticPod(manifest: file.bytes, path: file.path, node: node)
        named[file.path] = pod.name
        return pod
    }
}
