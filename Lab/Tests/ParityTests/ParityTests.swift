import Foundation
import Testing

/// The same requests to the stand-in and to a real kube-apiserver.
///
/// The real answers come from the server that `KUBE_APISERVER` or `KUBEBUILDER_ASSETS` names,
/// else from a recording of Kubernetes 1.36, which `PARITY_RECORD=1` makes anew.
@Suite(.serialized) struct ParityTests {
    static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")
    static let recordsNow = ProcessInfo.processInfo.environment["PARITY_RECORD"] == "1"

    private static func outcomes(
        of server: Bench.Server, acting version: String? = nil
    ) throws -> [String: Any] {
        let environment = version.map { ["STANDIN_VERSION": $0] } ?? [:]
        let bench = try Bench(server, config: Configs.first, environment: environment)
        if case .real = server { try CustomResource.define(on: bench) }
        var runner = Runner(bench)
        var outcomes: [String: Any] = [:]
        for step in Table.steps {
            #expect(outcomes[step.name] == nil, "two steps named \(step.name)")
            outcomes[step.name] = try runner.run(step)
        }
        return outcomes
    }

    private static func text(_ value: Any?) throws -> String {
        guard let value else { return "nothing" }
        let options: JSONSerialization.WritingOptions = [
            .sortedKeys, .prettyPrinted, .withoutEscapingSlashes,
        ]
        return String(
            decoding: try JSONSerialization.data(withJSONObject: value, options: options),
            as: UTF8.self)
    }

    private static func expected() throws -> [String: Any] {
        let file = golden.appendingPathComponent("answers-1.36.json")
        if let server = Bench.Server.given {
            let outcomes = try outcomes(of: server)
            if recordsNow { try Data(text(outcomes).utf8).write(to: file) }
            return outcomes
        }
        let recorded = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        return try #require(recorded as? [String: Any])
    }

    @Test("the same requests, the same answers as kube-apiserver")
    func sameAnswers() throws {
        let expected = try Self.expected()
        let actual = try Self.outcomes(
            of: .standIn, acting: Bench.Server.given.map { try $0.version })
        #expect(expected.count == Table.steps.count)
        for step in Table.steps {
            let want = try Self.text(expected[step.name])
            let have = try Self.text(actual[step.name])
            #expect(have == want, "\(step.name): \(step.method) \(step.path)")
        }
    }
}
