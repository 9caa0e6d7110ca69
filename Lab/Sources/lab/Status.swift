internal import ArgumentParser
internal import LabKit

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tell how every node is.")

    @OptionGroup var folder: FolderOptions

    func run() async throws {
        for status in try await Lab.existing(folder: folder.path).status() {
            let process = status.process.map { "process \($0)" } ?? "not running"
            print("\(status.node.name)  \(status.node.address)  \(process)")
            print("  sshd            \(status.sshAnswers ? "answers" : "no answer")")
            let engine = status.node.runtime.isStaticPods ? "kubelet" : "dockerd"
            print("  \(engine)         \(status.engineAnswers ? "answers" : "no answer")")
            print("  etcd            \(status.etcd)")
            print("  kube-apiserver  \(status.apiServer.split(separator: "\n").last ?? "")")
            print("  encryption      \(status.encryptionArgument ?? "no argument")")
        }
    }
}
