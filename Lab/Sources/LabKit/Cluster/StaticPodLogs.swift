internal import Foundation

/// What the kubelet and the containers of static pods have logged on a node.
struct StaticPodLogs {
    /// The node's root folder as the host sees it.
    let root: String

    var kubelet: String { (try? Files.read(root + "/var/log/kubelet.log")) ?? "" }

    /// Of the container that was started last; empty where there is none.
    func newest(of component: Component) -> String {
        logs(of: component).max { $0.started < $1.started }
            .flatMap { try? Files.read($0.path) } ?? ""
    }

    /// How often the container of the newest pod has ended and was started again.
    func restarts(of component: Component) -> Int {
        logs(of: component).max { $0.started < $1.started }?.attempt ?? 0
    }

    private struct Log {
        let path: String
        let attempt: Int
        let started: Date
    }

    private func logs(of component: Component) -> [Log] {
        let pods = root + "/var/log/pods"
        return Files.list(pods).filter { $0.hasPrefix("kube-system_\(component.rawValue)-") }
            .flatMap { pod -> [Log] in
                let folder = "\(pods)/\(pod)/\(component.rawValue)"
                return Files.list(folder).compactMap { name in
                    let path = "\(folder)/\(name)"
                    guard let attempt = Int(name.prefix { $0 != "." }),
                        let started = try? FileManager.default.attributesOfItem(atPath: path)[
                            .modificationDate] as? Date
                    else { return nil }
                    return Log(path: path, attempt: attempt, started: started)
                }
            }
    }
}
