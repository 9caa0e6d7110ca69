import Basics
import EncryptionModel
import HTTP

@testable import KubeAPI

/// Pieces of which scripts for rewrites are made.
enum Scripted {
    static let secrets = ServedResource(
        name: .secrets, version: "v1", isNamespaced: true, verbs: ["list", "patch"])

    static func listLine(limit: Int = 2, continueToken: String? = nil) -> String {
        "GET /api/v1/secrets?limit=\(limit)" + (continueToken.map { "&continue=\($0)" } ?? "")
    }

    static func patchLine(_ name: String) -> String {
        "PATCH /api/v1/namespaces/ns/secrets/\(name)"
    }

    /// One page: names with their versions.
    static func page(
        _ objects: [(String, String)], version: String = "100", continueToken: String? = nil,
        remaining: Int? = nil, extra: String = ""
    ) -> Answer {
        let items = objects.map { name, version in
            #"{"metadata":{"name":"\#(name)","namespace":"ns","resourceVersion":"\#(version)"\#(extra)}}"#
        }
        let token = continueToken.map { #","continue":"\#($0)""# } ?? ""
        let rest = remaining.map { #","remainingItemCount":\#($0)"# } ?? ""
        return .ok(
            #"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":"#
                + #"{"resourceVersion":"\#(version)"\#(token)\#(rest)},"items":["#
                + items.joined(separator: ",") + "]}")
    }

    static func stored(_ version: String) -> Answer {
        .ok(
            #"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":"#
                + #"{"name":"x","resourceVersion":"\#(version)","managedFields":[{"a":["]}"]}]}}"#)
    }

    static let retry = RetryPolicy(
        attempts: 4, firstDelay: .milliseconds(100), longestDelay: .seconds(2))
    static let options = RewriteOptions(pageSize: 2, retry: retry)
}

func version(_ text: String) -> ResourceVersion {
    guard let version = ResourceVersion(text) else { preconditionFailure("no version: \(text)") }
    return version
}

/// Rewrites secrets through scripted servers, in no time.
func rewrite(
    _ servers: [ScriptedExchanger], watermark: String = "100",
    options: RewriteOptions = Scripted.options, clock: TestClock = TestClock(),
    progress: @escaping @Sendable (RewriteProgress) -> Void = { _ in }
) async throws -> RewriteOutcome {
    let servers = servers.enumerated().map { APIServer.test($0.element, node: "n\($0.offset + 1)") }
    return try await Rewriter(servers: servers, options: options, clock: clock.clock)
        .rewrite(Scripted.secrets, watermark: version(watermark), progress: progress)
}

extension RewriteOutcome {
    /// Objects, rewritten, skipped, unchanged, failed.
    var counts: [Int] { [objects, rewritten, skipped, unchanged, failedCount] }
}
