internal import ArgumentParser
internal import Basics
internal import EncryptionModel
internal import Foundation
internal import HTTP
internal import KubeAPI

/// One rewrite of all Secrets as `orchestrator` does it, from reading the kubeconfig on.
@main
struct RewriteDriver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrite-driver",
        abstract: "Rewrites all Secrets by the product's engine and prints what it took, as JSON.")

    @Option(help: "Of a user who may list and patch Secrets.")
    var kubeconfig: String

    @Option(help: "An API server's own address and port; may be given again.")
    var server: [String]

    @Option(help: "The greatest number of requests under way at a time.")
    var concurrency: Int?

    @Option(help: "Requests a second over all servers.")
    var qps: Double?

    @Flag(help: "Take as little of the servers as --gentle does.")
    var gentle = false

    @Flag(help: "Ask as much of the servers as --fast does.")
    var fast = false

    @Option(help: "Objects a page of the list.")
    var pageSize: Int?

    /// Ends as the product does, without what the C libraries do at an ordinary exit: libcrypto
    /// would free what connections still use on threads of their own.
    static func main() async {
        do {
            var command = try parse()
            try await command.run()
            _exit(0)
        } catch let fault as Fault {
            FileHandle.standardError.write(Data("rewrite-driver: \(fault)\n".utf8))
            _exit(1)
        } catch let status as ExitCode {
            _exit(status.rawValue)
        } catch {
            exit(withError: error)
        }
    }

    mutating func run() async throws {
        let access = try Kubeconfig.load(kubeconfig)
        let servers = try server.map { try Self.server($0, access) }
        guard let first = servers.first else { throw ValidationError("--server: none is given") }
        let lease = options.pace == .auto ? try await HeldLease(at: servers) : nil
        let rewriter = Rewriter(
            servers: servers, options: options, smallWrites: lease?.smallWrites)
        let secrets = try await first.discovery().resource(.secrets)
        let watermark = try await rewriter.watermark(of: secrets)
        let outcome = try await rewriter.rewrite(secrets, watermark: watermark)
        await lease?.release()
        try FileHandle.standardOutput.write(contentsOf: Data(Self.encoded(outcome).utf8))
        // What wasn't stored anew is the benchmark's to find, but no success here either.
        guard outcome.failedCount == 0 else { throw ExitCode(4) }
    }

    private var options: RewriteOptions {
        let usual = RewriteOptions()
        return RewriteOptions(
            qps: qps, concurrency: concurrency ?? usual.concurrency,
            pace: gentle ? .gentle : fast ? .fast : .auto, pageSize: pageSize)
    }

    /// Reached at its own address, checked by the name in the kubeconfig: as the product does.
    private static func server(_ place: String, _ access: APIAccess) throws -> APIServer {
        guard let colon = place.lastIndex(of: ":"), let port = Int(place[colon...].dropFirst())
        else { throw ValidationError("--server: \(place) is no address with a port") }
        let host = String(place[..<colon])
        let client = try HTTPClient(access.configuration(connectingTo: (host, port)))
        return APIServer(node: host, exchanger: client, access: access)
    }

    private static func encoded(_ outcome: RewriteOutcome) throws -> String {
        let report = Report(
            objects: outcome.objects, rewritten: outcome.rewritten, skipped: outcome.skipped,
            unchanged: outcome.unchanged, failed: outcome.failedCount,
            seconds: outcome.duration / .seconds(1), bytesSent: outcome.bytesSent,
            bytesReceived: outcome.bytesReceived)
        return String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    }
}

/// What is printed.
private struct Report: Encodable {
    let objects: Int
    let rewritten: Int
    let skipped: Int
    let unchanged: Int
    let failed: Int
    /// Of the rewrite alone, without start, discovery and watermark.
    let seconds: Double
    /// Over all servers, as HTTP counts them, TLS not included.
    let bytesSent: Int
    let bytesReceived: Int
}
