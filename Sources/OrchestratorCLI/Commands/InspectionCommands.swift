import ArgumentParser
import Orchestrator

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show every node, the keys, what is unfinished and what to do next.",
        discussion: "Exits with 4 when something is deployed otherwise than it should be.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console(output)
        try await console.reportingFaults {
            let session = try await ClusterSession.open(cluster.session, access: .readOnly) {
                console.show($0)
            }
            let report = try await session.closingAfterwards {
                try await Status(ports: session.ports, wanted: session.wanted).run()
            }
            console.finish(report)
            if !report.isAsItShouldBe { throw ExitCode(ExitStatus.discrepancy.rawValue) }
        }
    }
}

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read from etcd how everything is stored, and compare.",
        discussion: """
            Counts every stored value per resource and prefix (provider and key name). Exits with \
            4 when anything is stored otherwise than the provider config says.
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console(output)
        try await console.reportingFaults {
            let session = try await ClusterSession.open(cluster.session, access: .readOnly) {
                console.show($0)
            }
            let report = try await session.closingAfterwards {
                try await Verification(
                    ports: session.ports, configured: session.configuredResources
                ).run()
            }
            console.finish(report)
            if !report.isAsItShouldBe { throw ExitCode(ExitStatus.discrepancy.rawValue) }
        }
    }
}

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check cluster.yml, with line and column, without any cluster.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console(output)
        try await console.reportingFaults {
            console.finish(try await ClusterSession.validate(cluster.session))
        }
    }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.")

    @OptionGroup var output: OutputOptions

    func run() {
        Console(output).finish(ProgramVersion.current)
    }
}
