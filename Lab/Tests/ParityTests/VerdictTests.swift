import Foundation
import Testing

/// The product's table of bad provider configs, put to a server: what the second line of each file
/// says of kube-apiserver is what it does.
@Suite(.serialized) struct VerdictTests {
    private struct Row {
        let name: String
        let text: String
        /// The first minor release that refuses it; nil: none does.
        let refusedFrom: Int?

        init(_ url: URL) throws {
            name = url.lastPathComponent
            text = try String(contentsOf: url, encoding: .utf8)
            let line = text.split(separator: "\n").dropFirst().first ?? ""
            let words = line.split(separator: " ")
            refusedFrom =
                switch words.dropFirst(2).first {
                case "refuses": words.last.flatMap { Int($0.drop { $0 != "." }.dropFirst()) } ?? 0
                case "accepts": nil
                default: throw ProgramFailure(description: "\(name): no verdict in line 2")
                }
        }
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../fixtures/provider-config/bad").standardizedFileURL

    @Test("bad configs, refused by the server or not as the table says")
    func verdicts() throws {
        let server = Bench.Server.given ?? .standIn
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        let rows = try names.filter { $0.hasSuffix(".yml") }.sorted().map {
            try Row(Self.folder.appending(path: $0))
        }
        #expect(rows.count >= 80)
        let bench = try Bench(server, config: nil)
        let minor = try #require(
            Int(server.version.split(separator: ".").dropFirst().first ?? ""))
        for row in rows {
            let isRefused = row.refusedFrom.map { minor >= $0 } ?? false
            let end = try bench.failToStart(config: row.text, within: isRefused ? 30 : 6)
            // `timeout` ends with 124 what goes on running.
            #expect(
                (end.status == 124) != isRefused && (end.status == 1) == isRefused,
                "\(row.name): \(end.status)\n\(end.log.suffix(2000))")
        }
    }
}
