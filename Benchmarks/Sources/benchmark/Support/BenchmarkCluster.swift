internal import Basics
internal import Foundation

/// A lab of this benchmark's own, with a kube-apiserver on every node.
///
/// It is driven by the program `lab` alone, as a user would.
struct BenchmarkCluster: Sendable {
    /// One control-plane node.
    struct Node: Sendable {
        /// As `lab exec` takes it.
        let number: Int
        let address: String

        /// Where its kube-apiserver listens.
        var place: String { "\(address):6443" }
    }

    let lab: Program
    let folder: String
    let nodes: [Node]
    private let scratch: ScratchFolder

    /// cluster.yml
    var configuration: String { folder + "/cluster.yml" }
    var kubeconfig: String { folder + "/kube_config_cluster.yml" }

    /// The path of a kubeconfig with a bearer token instead of a certificate.
    func kubeconfig(with token: String) throws -> String {
        let login = #/client-certificate-data: .*\n +client-key-data: .*/#
        let text = try String(contentsOfFile: kubeconfig, encoding: .utf8)
            .replacing(login) { _ in #"token: "\#(token)""# }
        guard text.contains("token: ") else {
            throw Fault(.corrupt, "\(kubeconfig) has no certificate in the form of the lab")
        }
        let path = scratch.path("kubeconfig")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Starts one.
    ///
    /// - Parameters:
    ///   - options: what else `lab up` is told.
    ///   - apiServer: nil for the one that `lab up` finds by itself.
    static func up(
        nodes: Int, _ options: [String], lab: Program, apiServer: String?,
        in scratch: ScratchFolder
    ) throws -> BenchmarkCluster {
        let folder = scratch.path("lab")
        var arguments = ["up", "--dir", folder, "--nodes", "\(nodes)"] + options
        if let apiServer { arguments += ["--kube-apiserver", apiServer] }
        try lab.run(arguments, in: scratch)
        let addresses = try String(contentsOfFile: folder + "/cluster.yml", encoding: .utf8)
            .matches(of: #/- address: (\S+)/#).map { String($0.output.1) }
        guard addresses.count == nodes else {
            throw Fault(.corrupt, "\(folder)/cluster.yml has \(addresses.count) nodes")
        }
        return BenchmarkCluster(
            lab: lab, folder: folder,
            nodes: addresses.enumerated().map { Node(number: $0 + 1, address: $1) },
            scratch: scratch)
    }

    /// `kube-apiserver`, or the stand-in's name.
    var apiServerName: String {
        get throws {
            struct Record: Decodable {
                struct Options: Decodable { let apiServer: String }
                let options: Options
            }
            let text = try Data(contentsOf: URL(fileURLWithPath: folder + "/lab.json"))
            let record = try JSONDecoder().decode(Record.self, from: text)
            return URL(fileURLWithPath: record.options.apiServer).lastPathComponent
        }
    }

    var isStandIn: Bool { get throws { try apiServerName == "kube-apiserver-standin" } }

    func down() throws {
        try lab.run(["down", "--dir", folder], in: scratch)
    }

    /// Runs a command on a node, as root.
    ///
    /// - Returns: its standard output.
    @discardableResult
    func run(_ command: [String], input: Data? = nil, on node: Node) throws -> Data {
        try lab.run(
            ["exec", "--dir", folder, "\(node.number)", "--"] + command, input: input, in: scratch)
    }

    /// Writes a file on a node that root alone may read.
    func write(_ text: String, to path: String, on node: Node) throws {
        // Moved into place, since a server may be reading.
        let script = #"umask 077; cat >"$1.new" && mv "$1.new" "$1""#
        try run(["sh", "-c", script, "sh", path], input: Data(text.utf8), on: node)
    }

    /// How many bytes went between operator and nodes so far, both ways, with all that TCP and TLS
    /// add.
    func wireBytes() throws -> Int {
        let number = nodes[0].address.split(separator: ".")[2]
        let bridge = "olab\(number)"
        // With a delay line the operator's address is at its near end.
        let near = bridge + "h"
        let device =
            FileManager.default.fileExists(atPath: "/sys/class/net/\(near)") ? near : bridge
        return try ["rx_bytes", "tx_bytes"].reduce(0) { sum, file in
            let text = try String(
                contentsOfFile: "/sys/class/net/\(device)/statistics/\(file)", encoding: .utf8)
            return sum + (Int(text.filter(\.isNumber)) ?? 0)
        }
    }
}
