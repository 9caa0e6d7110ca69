import ArgumentParser
import Orchestrator
import Transition

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Make the cluster's encryption what cluster.yml says; resume what is unfinished.",
        discussion: """
            With services.kube-api.secrets_encryption_config.enabled: true the cluster ends \
            encrypted under one key that is made here, or under the custom config that stands \
            there; with false, or without the block, it ends in plaintext with neither the \
            argument nor the file left. Never asks, so that it runs \
            from a scheduled job; running it again finds nothing to do.
            """)

    @OptionGroup var precautions: PrecautionOptions
    @OptionGroup var speed: RewriteSpeedOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await WorkflowInvocation(
            command: "orchestrator up", cluster: cluster, isDryRun: dryRun.dryRun, output: output,
            precautions: precautions, speed: speed
        ).run { .converge($0) }
    }
}

struct RotateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key",
        abstract: "Make a new key, rewrite everything under it, retire the old one.",
        discussion: """
            A rotation that was interrupted is continued, not begun anew. The old key leaves the \
            nodes only when etcd itself shows that nothing is stored under it; it stays in the \
            state file, for older snapshots need it. A custom config is rotated, too, where a \
            local provider writes: the new key takes the place of the one that cluster.yml names, \
            which up knows from then on. A KMS rotates its own keys; see encrypt rewrite.
            """)

    @Option(
        help: ArgumentHelp(
            "Do nothing while the key is younger: days or hours, as in 90d or 12h.",
            valueName: "age"))
    var olderThan: KeyAge?

    @OptionGroup var precautions: PrecautionOptions
    @OptionGroup var speed: RewriteSpeedOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await WorkflowInvocation(
            command: "orchestrator encrypt rotate-key", cluster: cluster, isDryRun: dryRun.dryRun,
            output: output, minimumKeyAge: olderThan?.duration, precautions: precautions,
            speed: speed
        ).run { .rotateKey(configured: $0) }
    }
}

/// As `90d`, `12h` or `30m`.
struct KeyAge: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        let units: [Character: Int] = ["d": 86_400, "h": 3_600, "m": 60]
        guard let unit = argument.last.flatMap({ units[$0] }),
            let number = Int(argument.dropLast()), (0...36_500).contains(number)
        else { return nil }
        duration = .seconds(number * unit)
    }
}

struct RewriteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrite",
        abstract: "Store everything anew under the present config, after a KMS rotated its key.",
        discussion: """
            No API server is restarted and no config changed. kube-apiserver stores an object anew \
            only where it is stored otherwise than it would be now, so running it again writes \
            little. After a rotation in the KMS wait more than 3 minutes, until every API server \
            has noticed.
            """)

    @OptionGroup var speed: RewriteSpeedOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await WorkflowInvocation(
            command: "orchestrator encrypt rewrite", cluster: cluster, isDryRun: dryRun.dryRun,
            output: output, speed: speed
        ).run { _ in .rewrite }
    }
}

struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Give up what is unfinished and go back to what was before it.",
        discussion: """
            Where no API server was told to write in the new form yet, the new key is taken away \
            again. Else everything is rewritten in the former form first, with the same proof as \
            any other change; no key leaves before it. Shows the plan and asks; without a terminal \
            it wants --yes.
            """)

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var speed: RewriteSpeedOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await WorkflowInvocation(
            command: "orchestrator encrypt abort", cluster: cluster, isDryRun: dryRun.dryRun,
            output: output, question: yes ? nil : "Go back?", givesUpRestores: true,
            speed: speed
        ).run { _ in .abort }
    }
}
