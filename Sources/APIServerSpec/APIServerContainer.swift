internal import YAML

/// Tells which containers are kube-apiserver's.
enum APIServerContainer {
    private static let name = "kube-apiserver"
    private static let shells = ["sh", "bash", "ash", "dash", "busybox"]

    /// By name; where none has the name, by what they run.
    static func candidates(among containers: [YAMLNode]) -> [Int] {
        let named = containers.indices.filter { containers[$0]["name"]?.text == Self.name }
        return named.isEmpty ? containers.indices.filter { runsServer(containers[$0]) } : named
    }

    /// The word that is a command line for a shell, so that the arguments are none of their own.
    static func isShellScript(_ words: [String]) -> Bool {
        guard let program = words.first, shells.contains(String(lastComponent(of: program))) else {
            return words.contains(where: isServerScript)
        }
        return true
    }

    private static func runsServer(_ container: YAMLNode) -> Bool {
        func words(_ key: String) -> [String] {
            container[key]?.sequence?.compactMap(\.text) ?? []
        }
        let command = words("command")
        let line = command + words("args")
        if line.contains(where: isServerScript) { return true }
        guard let program = command.first else {
            let image = lastComponent(of: container["image"]?.text ?? "")
            return ServerArguments(line).isServer
                && (image.hasPrefix(name) || image.hasPrefix("hyperkube"))
        }
        switch lastComponent(of: program) {
        case name: return true
        case "hyperkube": return line.count > 1 && ["apiserver", name].contains(line[1])
        default:
            // A launcher, as kOps' and GCE's /go-runner.
            return ServerArguments(line).isServer
                && line.contains { !$0.hasPrefix("-") && lastComponent(of: $0) == name }
        }
    }

    private static func isServerScript(_ word: String) -> Bool {
        word.contains("apiserver") && word.contains("--etcd-servers")
            && word.contains(where: \.isWhitespace)
    }

    private static func lastComponent(of path: String) -> Substring {
        path.split(separator: "/").last ?? ""
    }
}
