internal import Basics

/// One machine of the lab.
public struct LabNode: Sendable, Hashable {
    /// Counted from 1.
    public let number: Int
    /// The number of the lab on this host, which keeps two labs apart.
    let labIndex: Int
    /// The node's folder on the host.
    let folder: String
    public let runtime: NodeRuntime

    public var name: String { "node\(number)" }
    /// Of 198.18.0.0/15, which RFC 2544 sets aside for tests within a machine room.
    public var address: String { "198.18.\(labIndex).\(10 + number)" }
    /// The name of its etcd certificate, as RKE forms it.
    var etcdCertificateName: String {
        "kube-etcd-" + address.replacing(".", with: "-")
    }
    /// The name of its etcd member: kubeadm takes the node's, RKE makes one of the address.
    var etcdName: String { runtime.isStaticPods ? name : "etcd-\(address)" }
    var hostInterface: String { "olab\(labIndex)n\(number)" }
    /// Where kube-apiserver listens.
    public var apiServerPort: Int { runtime.apiServerPort }
    var cgroup: String { "/olab\(labIndex)/n\(number)" }

    /// The node's first process, by the host's count; kills of it end the node.
    public func process() throws -> Int32 {
        guard let pid = Int32(try Files.read(folder + "/init.pid").filter(\.isNumber)) else {
            throw Fault(.corrupt, "\(folder)/init.pid holds no process number")
        }
        return pid
    }

    /// The node's root folder as the host sees it: for looking at its files from outside.
    public func root() throws -> String { "/proc/\(try process())/root" }

    /// The node's Docker Engine, spoken to from the host.
    func engine() throws -> Engine { Engine(socket: try root() + "/run/docker.sock") }

    /// Runs a command in all namespaces of the node, as root.
    public func command(_ arguments: [String], input: [UInt8] = []) throws -> Command {
        Command(
            "nsenter",
            [
                "--target", "\(try process())", "--mount", "--uts", "--ipc", "--net", "--pid",
                "--",
            ] + arguments,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"], input: input)
    }
}
