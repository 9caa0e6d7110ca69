internal import Basics
internal import Foundation

/// The images of the lab: one layer with busybox, etcd and kube-apiserver, made on this host.
///
/// kubeadm's names stand for the same layer.
struct Images: Sendable {
    /// Stand where `rancher/hyperkube`, `rancher/mirrored-coreos-etcd` and `rancher/rke-tools` do.
    let apiServer: String
    let etcd: String
    let tools: String
    /// The version as a tag can have it.
    let tag: String

    var names: [String] { [apiServer, etcd, tools] }

    init(version: KubernetesVersion) {
        tag = version.text.replacing("+", with: "-")
        apiServer = "orchestrator-lab/hyperkube:\(tag)"
        etcd = "orchestrator-lab/etcd:v3.4"
        tools = "orchestrator-lab/rke-tools:v1"
    }

    /// Packs the layer.
    ///
    /// - Parameter folder: where to work; the archive is left there.
    /// - Returns: the archive's path.
    func pack(apiServer program: String, in folder: String) async throws -> String {
        let (root, archive) = (folder + "/image", folder + "/image.tar")
        try Files.remove(root)
        for path in ["bin", "etc", "opt/rke-tools", "tmp", "usr/local/bin"] {
            try Files.makeFolder("\(root)/\(path)")
        }
        for (source, target) in [
            ("/bin/busybox", "bin/busybox"), ("/usr/bin/etcd", "usr/local/bin/etcd"),
            ("/usr/bin/etcdctl", "usr/local/bin/etcdctl"),
            (program, "usr/local/bin/kube-apiserver"),
            ("/etc/ssl/certs/ca-certificates.crt", "etc/ssl/certs/ca-certificates.crt"),
        ] {
            try await copy(source, to: "\(root)/\(target)")
            try await copyLibraries(of: source, to: root)
        }
        try await Command("chroot", [root, "/bin/busybox", "--install", "-s", "/bin"]).run()
        try Files.write("root:x:0:0:root:/:/bin/sh\n", to: root + "/etc/passwd")
        try Files.write("root:x:0:\n", to: root + "/etc/group")
        try Files.write(
            PackageResources.entrypoint_sh, to: root + "/opt/rke-tools/entrypoint.sh", mode: 0o755)
        try await Command("tar", ["-C", root, "-cf", archive, "."]).run()
        try Files.remove(root)
        return archive
    }

    private func copy(_ source: String, to target: String) async throws {
        try Files.makeFolder((target as NSString).deletingLastPathComponent)
        try await Command("cp", ["--dereference", "--preserve=mode", source, target]).run()
    }

    /// The shared libraries go where the program looks for them; a static program has none.
    private func copyLibraries(of program: String, to root: String) async throws {
        for path in try await SharedLibraries.of(program) where !Files.exists("\(root)\(path)") {
            try await copy(path, to: "\(root)\(path)")
        }
    }
}

/// The shared libraries that a program of this host is linked with.
enum SharedLibraries {
    /// Absolute paths; a static program has none.
    static func of(_ program: String) async throws -> [String] {
        let told = try await Command("ldd", [program]).result()
        guard told.status == 0 else { return [] }
        return try told.text.split(separator: "\n").compactMap { line in
            guard !line.contains("not found") else {
                throw Fault(.notFound, "\(program) lacks a library: \(line)")
            }
            return line.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("/") }
                .map(String.init)
        }
    }
}
