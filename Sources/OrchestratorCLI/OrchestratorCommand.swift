public import ArgumentParser

/// The whole command line.
public struct OrchestratorCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "orchestrator",
        abstract: "Encryption at rest for Kubernetes clusters, managed from the outside.")

    public init() {}
}
