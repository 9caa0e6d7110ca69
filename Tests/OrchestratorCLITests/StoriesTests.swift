import Foundation
import Testing

/// docs/stories.md promises tests; they have to be there.
@Suite struct StoriesTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func sources() throws -> String {
        let folder = root.appendingPathComponent("Tests")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return try (files?.compactMap { $0 as? URL } ?? [])
            .filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    }

    @Test("every test that docs/stories.md names, in the sources under that name")
    func named() throws {
        let document = try String(
            contentsOf: Self.root.appendingPathComponent("docs/stories.md"), encoding: .utf8)
        let rows = document.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2)
        let sources = try Self.sources()
        #expect(rows.count >= 14)
        for row in rows {
            let title = row.split(separator: "|").last?.trimmingCharacters(in: .whitespaces) ?? ""
            #expect(sources.contains("\"\(title)\""), "\(title)")
        }
    }
}
