import Foundation
import LabKit
import Trials

extension Mishap {
    /// What may be wrong with cluster.yml.
    static let inClusterFile = fixturesOfClusterFiles + madeClusterFiles

    /// Every fixture of a bad cluster.yml; its first lines name the place and the message.
    static let fixturesOfClusterFiles: [Mishap] = {
        let folder = Harness.repository + "/fixtures/cluster/bad"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in
            guard let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            else { return nil }
            let comments = text.split(separator: "\n").prefix(2).map { $0.dropFirst(2) }
            guard comments.count == 2,
                let line = comments[0].split(separator: " ").last?.split(separator: ":").first
            else { return nil }
            return inFolder(
                "cluster.yml is bad: \(name)", status: 65, says: String(comments[1]), advises: nil,
                place: ("cluster.yml", Int(line))
            ) { try $0.write(text, to: "cluster.yml") }
        }
    }()

    /// What nobody would keep as a file.
    private static let madeClusterFiles = [
        clusterFile("missing", says: "there is no ") { try $0.remove("cluster.yml") },
        clusterFile("a role that doesn't exist", says: "there is no role \"master\"") { user in
            try user.edit("cluster.yml") { $0.replacing("[controlplane, etcd]", with: "[master]") }
        },
        clusterFile("in UTF-16", says: "not in UTF-8") { user in
            let text = String(decoding: try user.read("cluster.yml"), as: UTF8.self)
            try text.write(toFile: user.path("cluster.yml"), atomically: false, encoding: .utf16)
        },
        clusterFile("an alias bomb", says: "aliases blow the file up") { user in
            let lines = (1...9).map { level in
                let part = level == 1 ? "x" : "*a\(level - 1)"
                let parts = Array(repeating: part, count: 10).joined(separator: ", ")
                return "a\(level): &a\(level) [\(parts)]\n"
            }
            try user.edit("cluster.yml") { $0 + lines.joined() }
        },
        clusterFile("too deep", says: "levels deep") { user in
            let brackets = ["[", "]"].map { String(repeating: $0, count: 5000) }
            try user.edit("cluster.yml") { "\($0)x: \(brackets.joined())\n" }
        },
        clusterFile("too large", says: "at most") { user in
            let line = "# nothing but a comment, again and again\n"
            try user.edit("cluster.yml") { $0 + String(repeating: line, count: 500_000) }
        },
    ]

    private static func clusterFile(
        _ name: String, says: String, spoil: @escaping @Sendable (Operator) throws -> Void
    ) -> Mishap {
        inFolder(
            "cluster.yml is bad: \(name)", status: 65, says: says, advises: nil,
            place: ("cluster.yml", nil), spoil: spoil)
    }
}
