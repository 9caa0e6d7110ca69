internal import ArgumentParser
internal import LabKit
internal import Trials

struct Restores: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Restores snapshots of every age of a lab from every later one.",
        discussion: """
            Snapshots taken before enabling, under key 1, in the middle of a rotation, under key 2 \
            and after disabling; each restored at every later time. Afterwards exactly the Secrets \
            of then are there, each with its value, through every API server, and stored as the \
            config says.
            """)

    @OptionGroup var options: TrialOptions

    @Option(
        help: """
            The SSH user of cluster.yml: root, sudo (may do all by sudo) or docker; else docker, \
            or sudo where there is no Docker.
            """)
    var user: LabOptions.User?

    @Option(help: "Secrets besides the lab's five of special kinds.")
    var secrets = 2000

    func validate() throws { try options.demandDocker() }

    func run() async throws {
        let (user, secrets) = (options.user(user), secrets)
        try await options.run(.restores) { run in
            try await RestoreTrials(run, user: user, secrets: secrets).make()
        }
    }
}
