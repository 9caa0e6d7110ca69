internal import ArgumentParser
internal import LabKit
internal import Trials

struct RestoreKillsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore-kills",
        abstract: "Kills restores at every step, and runs them again or gives them up.")

    @OptionGroup var options: TrialOptions

    @Option(
        help: """
            The SSH user of cluster.yml: root, sudo (may do all by sudo) or docker; else docker, \
            or sudo where there is no Docker.
            """)
    var user: LabOptions.User?

    @Option(help: "Secrets besides the lab's five of special kinds.")
    var secrets = 20

    func validate() throws { try options.demandDocker() }

    func run() async throws {
        let (user, secrets) = (options.user(user), secrets)
        try await options.run(.restoreKills) { run in
            try await RestoreKills(run, user: user, secrets: secrets).make()
        }
    }
}
