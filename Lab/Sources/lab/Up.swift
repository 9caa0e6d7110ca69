public import ArgumentParser
internal import Foundation
public import LabKit

extension LabOptions.User: ExpressibleByArgument {}
extension LabOptions.Encryption: ExpressibleByArgument {}
extension LabOptions.Runtime: ExpressibleByArgument {}

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Start a cluster.")

    @OptionGroup var folder: FolderOptions

    @Option(help: "Control-plane nodes, 1 to 9.")
    var nodes = 3

    @Option(
        help: """
            How etcd and kube-apiserver are run: docker (as RKE does), static-pod (as kubeadm \
            does), minikube, or mixed (the first node docker, the others static-pod).
            """)
    var runtime = LabOptions.Runtime.docker

    @Option(help: "The SSH user that cluster.yml names: root, sudo (may do all by sudo) or docker.")
    var user = LabOptions.User.root

    @Option(help: "secrets_encryption_config in cluster.yml: on, off or absent.")
    var encryption = LabOptions.Encryption.absent

    @Option(
        name: .customLong("kube-apiserver"),
        help: """
            The kube-apiserver to run; else $KUBE_APISERVER, $KUBEBUILDER_ASSETS/kube-apiserver, \
            else the stand-in beside this program.
            """)
    var apiServer: String?

    @Option(help: "Milliseconds of round trip added between the operator and the nodes.")
    var rtt = 0.0

    @Option(
        name: .customLong("server-env"),
        help: ArgumentHelp(
            "Added to kube-apiserver's environment; may be given again.", valueName: "NAME=value"))
    var serverEnvironment: [String] = []

    private func variables() throws -> [String: String] {
        var variables: [String: String] = [:]
        for text in serverEnvironment {
            let halves = text.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { throw ValidationError("--server-env: NAME=value") }
            variables[String(halves[0])] = String(halves[1])
        }
        return variables
    }

    func validate() throws {
        guard (1...9).contains(nodes) else { throw ValidationError("--nodes: 1 to 9") }
        guard (0...1000).contains(rtt) else { throw ValidationError("--rtt: 0 to 1000") }
    }

    func run() async throws {
        let start = ContinuousClock.now
        let options = LabOptions(
            folder: folder.path, nodes: nodes, runtime: runtime, user: user,
            encryption: encryption, apiServer: try APIServerProgram.find(told: apiServer),
            roundTripTime: rtt, serverEnvironment: try variables())
        let lab = try await cancelledBySignals(telling: { say("lab: \($0)") }) {
            try await Lab.up(options, progress: { say("lab: \($0)") })
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        say("lab: up in \(seconds.formatted(.number.precision(.fractionLength(1)))) s")
        print(lab.clusterFile)
    }
}

struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take the cluster down and leave nothing behind.")

    @OptionGroup var folder: FolderOptions

    func run() async throws { try await Lab.down(folder: folder.path) }
}
