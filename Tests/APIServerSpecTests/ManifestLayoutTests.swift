import APIServerSpec
import Testing

/// Where a new argument is written, shown on every way to end a list.
@Suite struct ManifestLayoutTests {
    struct Layout: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What stands after `command:`, with NEW where the argument is to be.
        let list: String
        let added: String

        init(_ name: String, _ list: String, added: String) {
            testDescription = name
            self.list = list
            self.added = added
        }
    }

    private static let flag = "--encryption-provider-config=/etc/kubernetes/e"

    static let layouts: [Layout] = [
        Layout(
            "by indentation", "\n    - kube-apiserver\n    - --etcd-servers=a\nNEW",
            added: "    - \(flag)\n"),
        Layout(
            "with blanks after the dash, in the last one's quotes",
            "\n    - kube-apiserver\n    -  '--etcd-servers=a'\nNEW", added: "    -  '\(flag)'\n"),
        Layout(
            "before a comment below, after one beside",
            "\n    - kube-apiserver\n    - --etcd-servers=a # x\nNEW    # - --b\n\n",
            added: "    - \(flag)\n"),
        Layout(
            "after text over two lines",
            "\n    - kube-apiserver\n    - --etcd-servers=a,\n      b\nNEW",
            added: "    - \(flag)\n"),
        Layout(
            "after a block scalar and an empty line",
            "\n    - kube-apiserver\n    - --etcd-servers=a\n    - >-\n      --b\n\nNEW",
            added: "    - \(flag)\n"),
        Layout(
            "with a neighbour that ends in CR LF",
            "\n    - kube-apiserver\n    - --etcd-servers=a\r\nNEW", added: "    - \(flag)\r\n"),
        Layout(
            "in brackets", " [kube-apiserver, --etcd-servers=aNEW] # c\n", added: ", \(flag)"),
        Layout(
            "in brackets without blanks", " [\"kube-apiserver\",\"--etcd-servers=a\"NEW]\n",
            added: ",\"\(flag)\""),
        Layout(
            "in brackets with a comma at the end", " [ kube-apiserver, --etcd-servers=aNEW, ]\n",
            added: ", \(flag)"),
        Layout(
            "in brackets over lines, commas at all ends",
            " [\n    kube-apiserver,\n    '--etcd-servers=a', # cNEW\n  ]\n",
            added: "\n    '\(flag)',"),
        Layout(
            "in brackets over lines, the closing one beside",
            " [kube-apiserver,\n    --etcd-servers=aNEW]\n", added: ",\n    \(flag)"),
        Layout(
            "in brackets over lines with CR LF",
            " [\r\n    kube-apiserver,\r\n    --etcd-servers=aNEW\r\n  ]\n",
            added: ",\r\n    \(flag)"),
    ]

    private func manifest(_ list: String) throws -> APIServerManifest {
        try APIServerManifest(
            text: "kind: Pod\nspec:\n containers:\n - name: kube-apiserver\n   command:"
                + list
                + "   volumeMounts: [{name: k, mountPath: /etc/kubernetes}]\n"
                + " volumes: [{name: k, hostPath: {path: /etc/kubernetes}}]\n")
    }

    @Test("a new argument, written as its neighbour is and taken away again", arguments: layouts)
    func added(layout: Layout) throws {
        let original = try manifest(layout.list.replacing("NEW", with: ""))
        let changed = try original.changed(
            .set(path: "/etc/kubernetes/e", flag: .current, reload: false))
        #expect(
            changed.text == (try manifest(layout.list.replacing("NEW", with: layout.added))).text)
        #expect(try changed.decrypted().text == original.text)
    }

    @Test("a comma before a comment, the comment stays in its line")
    func comment() throws {
        let list = " [\n    kube-apiserver,\n    --etcd-servers=aCOMMA # cNEW\n    # d\n  ]\n"
        let original = try manifest(list.replacing("COMMA", with: "").replacing("NEW", with: ""))
        let changed = try original.changed(
            .set(path: "/etc/kubernetes/e", flag: .current, reload: false))
        let expected = list.replacing("COMMA", with: ",")
            .replacing("NEW", with: "\n    \(Self.flag)")
        #expect(changed.text == (try manifest(expected)).text)
        #expect(try changed.decrypted().text == original.text)
    }

    static let additions: [(before: String, after: String)] = [
        // Lists indented as that of the containers is.
        (
            "kind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: kube-apiserver\n"
                + "      command: [kube-apiserver, --etcd-servers=a]\n",
            "kind: Pod\nmetadata:\n  name: a\n  annotations:\n"
                + "    orchestrator/encryption-config: \"7\"\n"
                + "spec:\n  containers:\n    - name: kube-apiserver\n"
                + "      command: [kube-apiserver, --etcd-servers=a, FLAG]\n"
                + "      volumeMounts:\n        - mountPath: /srv/e\n"
                + "          name: orchestrator-encryption\n          readOnly: true\n"
                + "  volumes:\n    - hostPath:\n        path: /srv/e\n"
                + "        type: DirectoryOrCreate\n      name: orchestrator-encryption\n"
        ),
        // JSON as it comes out of a program.
        (
            #"{"kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"#
                + #""name":"kube-apiserver","command":["kube-apiserver","--etcd-servers=a"]}]}}"#,
            #"{"kind":"Pod","metadata":{"name":"a","annotations":{"#
                + #""orchestrator/encryption-config":"7"}},"spec":{"containers":[{"#
                + #""name":"kube-apiserver","command":["kube-apiserver","--etcd-servers=a","FLAG"],"#
                + #""volumeMounts":[{"mountPath":"/srv/e","name":"orchestrator-encryption","#
                + #""readOnly":true}]}],"volumes":[{"hostPath":{"path":"/srv/e","#
                + #""type":"DirectoryOrCreate"},"name":"orchestrator-encryption"}]}}"#
        ),
    ]

    @Test(
        "lists and mappings that weren't there, made in the manifest's style", arguments: additions)
    func made(before: String, after: String) throws {
        let original = try APIServerManifest(text: before)
        let changed = try original.changed(
            .set(path: "/srv/e/c", flag: .current, reload: false), mount: "/srv/e", stamp: "7")
        let flag = "--encryption-provider-config=/srv/e/c"
        #expect(changed.text == after.replacing("FLAG", with: flag))
        #expect(try changed.decrypted().text == before)
    }

    static let quotings: [(style: String, written: String)] = [
        ("--a", ##""F=/etc/kubernetes/it's: \"é\" #""##),
        ("'--a'", "'F=/etc/kubernetes/it''s: \"é\" #'"),
        ("\"--a\"", ##""F=/etc/kubernetes/it's: \"é\" #""##),
    ]

    @Test(
        "a path with blanks, quotes and signs of YAML, quoted as it has to be", arguments: quotings)
    func quoted(style: String, written: String) throws {
        let list = "\n    - kube-apiserver\n    - --etcd-servers=a\n    - \(style)\n"
        let path = "/etc/kubernetes/it's: \"é\" #"
        let changed = try manifest(list).changed(.set(path: path, flag: .current, reload: false))
        let flag = written.replacing("F=", with: "--encryption-provider-config=")
        #expect(changed.text == (try manifest(list + "    - \(flag)\n")).text)
        #expect(changed.arguments.providerConfigPath == path)
        #expect(try changed.decrypted().text == (try manifest(list)).text)
    }
}
