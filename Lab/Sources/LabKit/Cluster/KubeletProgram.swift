internal import Basics
internal import Foundation

/// The stand-in for the kubelet, as nodes get it: a folder that becomes `/usr/local` of theirs.
enum KubeletProgram {
    static let standIn = "kubelet-standin"

    static func folder(lab: String) -> String { lab + "/kubelet" }

    /// Puts the program under its three names (it is what runs in a container first, too), and the
    /// libraries that nodes don't see, since of the host's they have those of the system alone.
    static func install(lab: String) async throws {
        let program = Program.besideThis(standIn)
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw Fault(
                .notFound, "there is no program \(program)",
                hint: "build it with: swift build --package-path Lab --product \(standIn)")
        }
        let (programs, libraries) = (folder(lab: lab) + "/bin", folder(lab: lab) + "/lib/kubelet")
        try Files.makeFolder(programs)
        try Files.makeFolder(libraries)
        try await Command("install", ["-m", "0755", program, programs + "/kubelet"]).run()
        for name in ["container-shim", "container-init"] {
            try await Command("ln", ["-s", "kubelet", "\(programs)/\(name)"]).run()
        }
        for path in try await SharedLibraries.of(program)
        where !["/lib/", "/lib64/", "/usr/lib/"].contains(where: path.hasPrefix) {
            try await Command("cp", ["--dereference", path, libraries]).run()
        }
    }
}

extension Images {
    /// Gives the node's kubelet the layer under the names that its manifests have.
    func unpack(_ archive: String, on node: LabNode) async throws {
        let folder = try node.root() + "/var/lib/kubelet-standin/images"
        try Files.makeFolder(folder + "/layer")
        try await Command("tar", ["-C", folder + "/layer", "-xf", archive]).run()
        for name in [Images.podOfEtcd, podOfAPIServer] {
            let parent = "\(folder)/\((name as NSString).deletingLastPathComponent)"
            try Files.makeFolder(parent)
            let path = "\(folder)/\(name)"
            try await Command(
                "ln", ["-s", "--relative", folder + "/layer", path]
            ).run()
        }
    }

    static let podOfEtcd = "registry.k8s.io/etcd:3.4.23-0"
    var podOfAPIServer: String { "registry.k8s.io/kube-apiserver:\(tag)" }
}
