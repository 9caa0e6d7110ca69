import Foundation
import LabKit
import Testing
import Trials

/// RKE's copy of its state file in the cluster.
@Suite("the state file's copy in the cluster", .serialized)
struct StateCopyTests {
    private static let secrets = "/api/v1/namespaces/kube-system/secrets"
    private static let name = "full-cluster-state"

    @Test("enabled, rotated, altered by somebody and disabled, the copy follows to the byte")
    func followed() async throws {
        try await Harness.withLab(nodes: 1, user: .root, encryption: .on) { lab in
            let user = try Operator(of: lab)
            let text = try rkeCopy(of: user)
            try await lab.api("POST", Self.secrets, try manifest(text))
            for command in [["up"], ["encrypt", "rotate-key"]] {
                let done = try await user.start(command).end()
                #expect(done.status == 0, "\(done.errorOutput)")
                try await expectFollowed(lab, text, user)
            }
            // RKE writes what it knows.
            try await lab.api(
                "PATCH", "\(Self.secrets)/\(Self.name)",
                #"{"data":{"\#(Self.name)":"\#(Data(text.utf8).base64EncodedString())"}}"#,
                type: "application/merge-patch+json")
            #expect(try await user.run("up").status == 0)
            try await expectFollowed(lab, text, user)
            let version = try await secret(lab).version
            #expect(try await user.run("up").status == 0)
            #expect(try await secret(lab).version == version)

            try lab.wantEncryption(false)
            #expect(try await user.run("up").status == 0)
            #expect(try await secret(lab).text == text)
        }
    }

    @Test("a copy that makes no sense, left as it is with a warning")
    func torn() async throws {
        try await Harness.withLab(nodes: 1, user: .root, encryption: .on) { lab in
            let user = try Operator(of: lab)
            let text = String(try rkeCopy(of: user).dropLast(10))
            try await lab.api("POST", Self.secrets, try manifest(text))
            let done = try await user.run("up")
            #expect(done.status == 0, "\(done.errorOutput)")
            #expect(done.errorOutput.contains("warning: RKE's copy of the state file"))
            #expect(try await secret(lab).text == text)
        }
    }

    /// As RKE writes it: compact, with the state of a cluster without encryption. The members are
    /// there, so that the rest can be compared to the byte.
    private func rkeCopy(of user: Operator) throws -> String {
        let file = try user.read("cluster.rkestate")
        var state = try #require(
            try JSONSerialization.jsonObject(with: file) as? [String: [String: Any]])
        for section in ["desiredState", "currentState"] {
            state[section]?["encryptionConfig"] = ""
        }
        state["unknown"] = ["number": 12_345_678_901_234_567 as Int64, "text": "ä\u{1}\\"]
        let bytes = try JSONSerialization.data(withJSONObject: state)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func manifest(_ text: String) throws -> String {
        let secret: [String: Any] = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": Self.name],
            "data": [Self.name: Data(text.utf8).base64EncodedString(), "other": "AAEC"],
        ]
        return String(
            decoding: try JSONSerialization.data(withJSONObject: secret), as: UTF8.self)
    }

    private func secret(_ lab: Lab) async throws -> (text: String, version: String) {
        struct Secret: Decodable {
            struct Metadata: Decodable { let resourceVersion: String }
            let metadata: Metadata
            let data: [String: Data]
        }
        let body = try await lab.api("GET", "\(Self.secrets)/\(Self.name)")
        let secret = try JSONDecoder().decode(Secret.self, from: Data(body))
        #expect(secret.data["other"] == Data([0, 1, 2]))
        let text = String(decoding: secret.data[Self.name] ?? Data(), as: UTF8.self)
        return (text, secret.metadata.resourceVersion)
    }

    /// Both members have the active key and no retired one; nothing else differs.
    private func expectFollowed(_ lab: Lab, _ original: String, _ user: Operator) async throws {
        let text = try await secret(lab).text
        let state = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
        let keys = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        #expect(keys.active.count == 1)
        for section in ["desiredState", "currentState"] {
            let config = try #require(state[section]?["encryptionConfig"] as? String)
            for key in keys.all {
                #expect(config.contains(key.secret.base64EncodedString()) == !key.isRetired)
            }
        }
        let member = /"encryptionConfig":"(?:[^"\\]|\\.)*"/
        let emptied = text.replacing(member, with: #""encryptionConfig":"""#)
        #expect(emptied == original)
    }
}
