internal import Basics
internal import Foundation
package import LabKit

/// What trials and end-to-end tests stand on: one lab for the time of a body, and the program under test.
package enum Harness {
    /// A folder that no other run uses.
    package static func newFolder() -> String {
        "/var/tmp/orchestrator-lab-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    }

    /// What a stand-in of static pods is told besides: a minute's wait for each reload would be
    /// most of a trial's time.
    static func environment(_ runtime: LabOptions.Runtime) -> [String: String] {
        runtime == .docker ? [:] : ["STANDIN_RELOAD_SECONDS": "1"]
    }

    /// What the same is told for the same reason: after a reload, a proof waits for as long as the
    /// server may work at a request. A real server may need that long.
    static func podArguments(_ apiServer: String) -> [String] {
        APIServerProgram.isStandIn(apiServer) ? ["--request-timeout=2s"] : []
    }

    /// Lends a lab and takes it down, whatever comes.
    ///
    /// - Parameter roundTrip: between the operator and the nodes, in milliseconds.
    package static func withLab<Value>(
        nodes: Int = 3, runtime: LabOptions.Runtime = .docker, user: LabOptions.User = .root,
        encryption: LabOptions.Encryption = .absent, roundTrip: Double = 0,
        serverEnvironment: [String: String] = [:],
        _ body: (Lab) async throws -> Value
    ) async throws -> Value {
        let apiServer = try APIServerProgram.find(told: nil)
        return try await withLab(
            LabOptions(
                folder: newFolder(), nodes: nodes, runtime: runtime, user: user,
                encryption: encryption, apiServer: apiServer, roundTripTime: roundTrip,
                serverEnvironment: environment(runtime).merging(serverEnvironment) { $1 },
                podArguments: podArguments(apiServer)), body)
    }

    /// Waits while as many other labs are up as the machine can bear.
    static func withLab<Value>(
        _ options: LabOptions, _ body: (Lab) async throws -> Value
    ) async throws -> Value {
        await LabGate.shared.enter()
        defer { LabGate.shared.leave() }
        let lab = try await Lab.up(options)
        do {
            // sudo leaves a mark in the home of whoever uses it first.
            if options.user == .sudo {
                for node in lab.nodes { _ = try await ssh(lab, node, "sudo -n true") }
            }
            let value = try await body(lab)
            try await Lab.down(folder: options.folder)
            return value
        } catch {
            // A task of its own, since this one may be cancelled.
            try await Task { try await Lab.down(folder: options.folder) }.value
            throw error
        }
    }

    /// The folder of the whole repository.
    package static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL.path

    /// The program told; else `$ORCHESTRATOR`; else the product's debug build. Absolute.
    package static func orchestrator(told: String? = nil) throws -> String {
        let path =
            told ?? ProcessInfo.processInfo.environment["ORCHESTRATOR"]
            ?? repository + "/.build/debug/orchestrator"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Fault(
                .notFound, "there is no program \(path)",
                hint: "build it with swift build, or name it in $ORCHESTRATOR")
        }
        return URL(fileURLWithPath: path).standardizedFileURL.path(percentEncoded: false)
    }

    /// Runs a command on a node as the user that cluster.yml names, over `ssh`.
    package static func ssh(
        _ lab: Lab, _ node: LabNode, _ command: String
    ) async throws -> Command.Result {
        try await Command(
            "ssh",
            [
                "-F", "none", "-i", lab.sshKey, "-o", "UserKnownHostsFile=\(lab.knownHosts)",
                "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes",
                "\(lab.options.user.accountName)@\(node.address)", command,
            ]
        ).result()
    }
}
