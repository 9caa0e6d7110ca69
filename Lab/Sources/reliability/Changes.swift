internal import ArgumentParser
internal import Trials

struct Changes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes a lab from each form of encryption to each other one.",
        discussion: """
            None, managed aescbc and secretbox, custom aesgcm with two keys, custom with two \
            resources and a custom one, and *.*: every ordered pair by up, with Secrets, \
            ConfigMaps and custom resources read through every API server meanwhile. Afterwards \
            what etcd holds has to be what the config says.
            """)

    @OptionGroup var options: TrialOptions

    @Option(help: "Objects of each resource.")
    var objects = 50

    @Option(
        help: """
            Try a KMS v2 plugin, too, whose socket is at this endpoint in every kube-apiserver's \
            container.
            """)
    var kms: String?

    @Option(
        help: ArgumentHelp(
            "What a shell runs on every node first: what starts the plugin, in the background.",
            valueName: "command"))
    var onNodes: String?

    func run() async throws {
        try await options.run(.changes) { run in
            let forms = ClusterForm.all + [kms.map(ClusterForm.kms(endpoint:))].compactMap(\.self)
            try await ChangeTrials(
                run, forms: forms, objects: objects, preparation: onNodes
            ).make()
        }
    }
}
