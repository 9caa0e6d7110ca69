public import ArgumentParser
public import LabKit
internal import Trials

extension LabOptions.User: ExpressibleByArgument {}

struct Kills: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kills runs at every failpoint and runs them again.")

    @OptionGroup var options: TrialOptions

    @Option(
        help: """
            The SSH user of cluster.yml: root, sudo (may do all by sudo) or docker; else docker, \
            or sudo where there is no Docker.
            """)
    var user: LabOptions.User?

    @Option(help: "Secrets besides the lab's five of special kinds.")
    var secrets = 40

    @Flag(help: "Kill at every passing of every point, not only at the telling ones.")
    var all = false

    func run() async throws {
        let (user, secrets, all) = (options.user(user), secrets, all)
        try await options.run(.kills) { run in
            try await KillsTrials(run, user: user, secrets: secrets, wantsAll: all).make()
        }
    }
}
