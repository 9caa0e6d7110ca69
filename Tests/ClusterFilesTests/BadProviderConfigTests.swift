import Basics
import ClusterFiles
import Foundation
import TestSupport
import Testing

/// The table `fixtures/provider-config/bad`: each file says in its first line what is wrong with it
/// and where. Kubernetes' own verdict, in the second line, is compared by the lab's tests.
@Suite struct BadProviderConfigTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../fixtures/provider-config/bad").standardizedFileURL
    private static let mark = "# orchestrator: "

    private static let files =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yml") }.sorted()

    @Test("custom configs that are wrong, each told with its place and no key", arguments: files)
    func bad(file: String) throws {
        let url = Self.folder.appending(path: file)
        let text = try String(contentsOf: url, encoding: .utf8)
        let fault = try #require(
            #expect(throws: Fault.self) {
                try readCluster(
                    """
                    nodes: [{address: a, user: u, role: [controlplane]}]
                    services: {kube-api: {secrets_encryption_config:
                      {enabled: true, custom_config_file: "\(url.path)"}}}
                    """)
            })
        let place = fault.place
        let told = Self.told(fault)
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil {
            let rest = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
            try ([Self.mark + told] + rest.map(String.init)).joined(separator: "\n")
                .write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(text.hasPrefix(Self.mark + told + "\n"), "\(told)")
        }
        #expect(fault.code == .badInput)
        #expect(place?.file == url.path || place?.file == "conf/cluster.yml")
        let shown = "\(fault) \(fault.hint ?? "")"
        for word in text.split(whereSeparator: { " ,}\n\"".contains($0) }) where word.count > 15 {
            #expect(!shown.contains(word) || !Self.isSecret(word, in: text), "a key is shown")
        }
    }

    /// `line:column message`, of several errors all of them.
    private static func told(_ fault: Fault) -> String {
        let list = (fault.cause as? DiagnosticList)?.diagnostics ?? []
        guard !list.isEmpty else {
            let place = fault.place
            return "\(place?.line ?? 0):\(place?.column ?? 0) \(fault.message)"
        }
        return list.map { "\($0.place.line ?? 0):\($0.place.column ?? 0) \($0.message)" }
            .joined(separator: " | ")
    }

    /// Also where it is in the place of a name.
    private static func isSecret(_ word: Substring, in text: String) -> Bool {
        text.contains("secret: \(word)") || text.contains("secret: \"\(word)")
            || word.hasSuffix("=]")
    }

    @Test("the table of bad configs, long enough and with Kubernetes' verdict in each")
    func complete() throws {
        #expect(Self.files.count >= 80)
        for file in Self.files {
            let text = try String(
                contentsOf: Self.folder.appending(path: file), encoding: .utf8)
            #expect(text.contains("\n# kube-apiserver: "), "\(file)")
        }
    }
}
