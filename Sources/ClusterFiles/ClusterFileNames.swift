/// The names of the files beside cluster.yml, as RKE gives them (`cluster/state.go`,
/// `pki/util.go`).
public enum ClusterFileNames {
    /// `cluster.yml` → `cluster.rkestate`: the last extension replaced.
    public static func state(for clusterFile: String) -> String {
        let name = lastComponent(of: clusterFile)
        let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
        return join(folder(of: clusterFile), stem + ".rkestate")
    }

    /// `cluster.yml` → `kube_config_cluster.yml`.
    public static func kubeconfig(for clusterFile: String) -> String {
        join(folder(of: clusterFile), "kube_config_" + lastComponent(of: clusterFile))
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func lastComponent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    static func join(_ folder: String, _ name: String) -> String {
        switch folder {
        case ".": name
        case "/": "/" + name
        default: folder + "/" + name
        }
    }
}
