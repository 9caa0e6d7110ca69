internal import ArgumentParser
internal import Foundation
internal import Trials

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Has clients create, change, read, list and delete Secrets during workflows.",
        discussion: """
            Through all API servers of a lab of three nodes; what a client writes through one it \
            reads through the others. Every value has to be what its one writer has made it. \
            Refused and reset connections, 503 and the like are counted apart where the server \
            that gave them was restarting just then, and are wrong answers anywhere else. Fails \
            when there is a wrong answer.
            """)

    @OptionGroup var options: TrialOptions

    @Option(help: "How often each workflow is run.")
    var runs = 10

    @Option(help: "Which are run, in this order: enable, rotate, disable.")
    var workflows = LoadWorkflow.allCases.map(\.rawValue).joined(separator: ",")

    @Option(help: "Secrets besides those of the clients.")
    var secrets = 1000

    @Option(help: "Clients that run at once.")
    var clients = 6

    @Option(help: "How long a client waits between two requests, in milliseconds.")
    var pace = 5

    func validate() throws {
        guard runs > 0, secrets >= 0, clients > 0, pace >= 0 else {
            throw ValidationError("numbers must be positive")
        }
        _ = try settings()
    }

    private func settings() throws -> LoadTrials.Settings {
        var settings = LoadTrials.Settings()
        settings.runs = runs
        settings.secrets = secrets
        settings.load.clients = clients
        settings.load.pace = .milliseconds(pace)
        settings.load.seed = options.seed
        settings.workflows = try workflows.split(separator: ",").map { word in
            guard let workflow = LoadWorkflow(rawValue: String(word)) else {
                throw ValidationError("--workflows: there is no workflow \(word)")
            }
            return workflow
        }
        return settings
    }

    func run() async throws {
        let settings = try settings()
        try await options.run(.load) { run in
            let results = try await LoadTrials(run, settings).make()
            FileHandle.standardOutput.write(Data(LoadTable(results).text.utf8))
        }
    }
}
