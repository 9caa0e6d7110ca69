import APIServerSpec
import Basics
import Foundation
import Testing

@Suite struct ManifestFixtureTests {
    @Test("enough manifests of every kind")
    func count() {
        #expect(ManifestFixtures.names("changed").count >= 50)
        #expect(ManifestFixtures.names("refused").count == Self.refusals.count)
        #expect(ManifestFixtures.names("unread").count == Self.unread.count)
    }

    @Test(
        "a config set, the manifest says it and nothing else has changed; taken away, every byte is back",
        arguments: ManifestFixtures.bare)
    func setAndRemoved(name: String) throws {
        let original = try ManifestFixtures.manifest(name)
        let changed = try original.encrypted()
        #expect(changed.arguments.providerConfigPath == "/srv/encryption/config.yaml")
        #expect(changed.arguments.hasAutomaticReload)
        #expect(changed.stamp == "sha256:00ff")
        #expect(changed.mounts.hostPath(of: "/srv/encryption/x") == "/srv/encryption/x")
        let expected = try PlainTree(original).expected(
            original.arguments.settingProviderConfig("/srv/encryption/config.yaml", reload: true),
            folder: "/srv/encryption", stamp: "sha256:00ff")
        #expect(try PlainTree(changed) == expected)
        #expect(isSubsequence(try ManifestFixtures.bytes(name), changed.contents.exposedBytes()))
        #expect(try changed.decrypted().contents == original.contents)
    }

    private func isSubsequence(_ part: [UInt8], _ whole: [UInt8]) -> Bool {
        var rest = part[...]
        for byte in whole where byte == rest.first { rest.removeFirst() }
        return rest.isEmpty
    }

    @Test(
        "in manifests by kubeadm, whole lines are added at the ends of lists and the others stay",
        arguments: ManifestFixtures.bare.filter { $0.contains("kubeadm") })
    func addedLines(name: String) throws {
        let original = try ManifestFixtures.manifest(name)
        let annotations =
            original.text.contains("  creationTimestamp: null\n")
            ? "  creationTimestamp: null\n" : "  labels:\n"
        let added = [
            (annotations, "    orchestrator/encryption-config: \"sha256:00ff\"\n"),
            (
                "    image: ",
                "    - --encryption-provider-config=/srv/encryption/config.yaml\n"
                    + "    - --encryption-provider-config-automatic-reload=true\n"
            ),
            (
                "  hostNetwork: true\n",
                "    - mountPath: /srv/encryption\n      name: orchestrator-encryption\n"
                    + "      readOnly: true\n"
            ),
            (
                "status: {}\n",
                "  - hostPath:\n      path: /srv/encryption\n      type: DirectoryOrCreate\n"
                    + "    name: orchestrator-encryption\n"
            ),
        ]
        let expected = added.reduce(original.text) { text, addition in
            text.replacing(addition.0, with: addition.1 + addition.0, maxReplacements: 1)
        }
        #expect(try original.encrypted().text == expected)
    }

    @Test(
        "a manifest in JSON, still JSON, which is how the kubelet reads it",
        arguments: ManifestFixtures.names("changed").filter { $0.hasSuffix(".json") })
    func json(name: String) throws {
        let changed = try ManifestFixtures.manifest(name).encrypted()
        let object = try JSONSerialization.jsonObject(with: Data(changed.contents.exposedBytes()))
        let metadata = (object as? [String: Any])?["metadata"] as? [String: Any]
        let annotations = metadata?["annotations"] as? [String: String]
        #expect(annotations?[APIServerManifest.stampKey] == "sha256:00ff")
    }

    @Test(
        "a config that was there already, replaced and taken away as if it had been taken away at once",
        arguments: ManifestFixtures.names("changed").filter { $0.contains("encrypted") })
    func replaced(name: String) throws {
        let original = try ManifestFixtures.manifest(name)
        #expect(original.arguments.providerConfigPath != nil)
        let changed = try original.encrypted()
        let wanted = original.arguments.settingProviderConfig(
            "/srv/encryption/config.yaml", reload: true)
        #expect(changed.arguments == wanted)
        let expected = try PlainTree(original).expected(
            wanted, folder: "/srv/encryption", stamp: "sha256:00ff")
        #expect(try PlainTree(changed) == expected)
        let removed = try original.decrypted()
        #expect(removed.arguments == original.arguments.settingProviderConfig(nil))
        #expect(try changed.decrypted().contents == removed.contents)
        #expect(removed.mounts == original.mounts)
        if name.hasSuffix(".yaml"), !name.contains("two-items") {
            let lines = original.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(
                removed.text
                    == lines.filter { !$0.contains("encryption-provider-config") }
                    .joined(separator: "\n"))
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        let place: String
        let reason: String
        var testDescription: String { name }
    }

    static let refusals: [Refusal] = [
        Refusal(name: "alias-command.yaml", place: "43:14", reason: "only a reference"),
        Refusal(name: "anchor-used-twice.yaml", place: "14:14", reason: "used at line 43"),
        Refusal(name: "block-scalar-argument.yaml", place: "22:7", reason: "a block scalar"),
        Refusal(name: "duplicate-command.yaml", place: "44:5", reason: "stands there twice"),
        Refusal(name: "hidden.yaml", place: "14:5", reason: "hidden by"),
        Refusal(name: "json-empty-list.json", place: "52:16", reason: "nothing in it"),
        Refusal(name: "merged-annotations.yaml", place: "7:3", reason: "by a merge key"),
        Refusal(name: "no-command.yaml", place: "14:5", reason: "--etcd-servers"),
        Refusal(name: "no-json.json", place: "1:2", reason: "this isn't JSON"),
        Refusal(name: "null-annotations.yaml", place: "4:15", reason: "nothing in it"),
        Refusal(name: "null-volumes.yaml", place: "105:12", reason: "nothing in it"),
        Refusal(name: "sh-c-folded.yaml", place: "15:5", reason: "a shell's script"),
        Refusal(name: "sh-c-plain.yaml", place: "14:14", reason: "a shell's script"),
        Refusal(name: "tagged-argument.yaml", place: "22:7", reason: "a tag or an anchor"),
        Refusal(name: "two-servers.yaml", place: "94:5", reason: "two containers"),
        Refusal(name: "uid.yaml", place: "12:8", reason: "metadata.uid"),
        Refusal(name: "variable-path.yaml", place: "22:7", reason: "made of variables"),
    ]

    @Test("what can't be changed in place, read but refused with a place", arguments: refusals)
    func refused(refusal: Refusal) throws {
        let manifest = try ManifestFixtures.manifest("refused/\(refusal.name)")
        let error = #expect(throws: Fault.self) { try manifest.encrypted() }
        let fault = try #require(error)
        #expect(fault.code == .refused)
        #expect(fault.place?.description == "refused/\(refusal.name):\(refusal.place)")
        #expect(fault.message.contains(refusal.reason))
        #expect(fault.hint != nil)
        #expect(APIServerManifest.isAPIServer(manifest.contents, file: "f"))
    }

    static let unread: [Refusal] = [
        Refusal(name: "other-pod.yaml", place: "14:3", reason: "no container"),
        Refusal(name: "second-document.yaml", place: "2:7", reason: "no pod"),
        Refusal(name: "tabs.yaml", place: "22:1", reason: "a tab"),
        Refusal(name: "words-no-list.yaml", place: "14:14", reason: "not a list"),
    ]

    @Test("what is no manifest of kube-apiserver, not read", arguments: unread)
    func notRead(refusal: Refusal) throws {
        let error = #expect(throws: Fault.self) {
            try ManifestFixtures.manifest("unread/\(refusal.name)")
        }
        let fault = try #require(error)
        #expect(fault.code == .badInput)
        #expect(fault.place?.description == "unread/\(refusal.name):\(refusal.place)")
        #expect(fault.message.contains(refusal.reason))
    }
}
