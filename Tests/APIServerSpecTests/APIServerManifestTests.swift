import APIServerSpec
import Basics
import Testing

@Suite struct APIServerManifestTests {
    private static func pod(_ words: String, more: String = "") -> String {
        """
        kind: Pod
        metadata: {name: a}
        spec:
          containers:
          - name: kube-apiserver
            image: registry.k8s.io/kube-apiserver:v1.36.1
            command:
        \(words.split(separator: "\n").map { "    \($0)\n" }.joined())\
            volumeMounts:
            - {name: k, mountPath: /etc/kubernetes, subPath: live}
            - {name: c, mountPath: /etc/config}
          volumes:
          - {name: k, hostPath: {path: /srv/k8s}}
          - {name: c, emptyDir: {}}
        \(more)
        """
    }

    private static let plain = "- kube-apiserver\n- --etcd-servers=http://a"

    @Test("what a manifest says, read")
    func read() throws {
        let manifest = try APIServerManifest(
            text: Self.pod(Self.plain, more: "  terminationGracePeriodSeconds: 45\n"))
        #expect(
            manifest.arguments == ServerArguments(["kube-apiserver", "--etcd-servers=http://a"]))
        #expect(
            manifest.mounts
                == [HostMount(hostPath: "/srv/k8s/live", processPath: "/etc/kubernetes")])
        #expect(manifest.image == "registry.k8s.io/kube-apiserver:v1.36.1")
        #expect(manifest.stamp == nil)
        #expect(manifest.terminationGracePeriod == 45)
        let silent = try APIServerManifest(text: Self.pod(Self.plain))
        #expect(silent.terminationGracePeriod == 30)
    }

    static let replacements: [(before: String, after: String)] = [
        (
            "- --encryption-provider-config=/old # why",
            "- --encryption-provider-config=/etc/kubernetes/e # why"
        ),
        (
            "- '--encryption-provider-config=/old'",
            "- '--encryption-provider-config=/etc/kubernetes/e'"
        ),
        (
            "-  \"--encryption-provider-config=/old\"",
            "-  \"--encryption-provider-config=/etc/kubernetes/e\""
        ),
        (
            "- --encryption-provider-config\n    - '/old'",
            "- --encryption-provider-config\n    - '/etc/kubernetes/e'"
        ),
        (
            "- --encryption_provider_config=/o\n     ld",
            "- --encryption_provider_config=/etc/kubernetes/e"
        ),
        (
            "- --encryption-provider-config=/1\n    - --v=1\n    - \"--encryption-provider-config=/2\"",
            "- --v=1\n    - \"--encryption-provider-config=/etc/kubernetes/e\""
        ),
    ]

    @Test("an argument that is there, replaced where and as it's written", arguments: replacements)
    func replaced(before: String, after: String) throws {
        let text = Self.pod(Self.plain + "\n- X\n- --z")
        let old = text.replacing("- X", with: before)
        let changed = try APIServerManifest(text: old)
            .changed(.set(path: "/etc/kubernetes/e", flag: .current, reload: false))
        #expect(changed.text == text.replacing("- X", with: after))
    }

    @Test(
        "a config whose folder is seen already, nothing mounted; another one, mounted; back, gone")
    func mounts() throws {
        let original = try APIServerManifest(text: Self.pod(Self.plain))
        let seen = try original.changed(
            .set(path: "/etc/kubernetes/e", flag: .current, reload: false), mount: "/etc/kubernetes"
        )
        #expect(seen.mounts == original.mounts)
        let far = try seen.encrypted(stamp: nil)
        #expect(far.mounts.count == 2)
        let kept = try far.changed(
            .set(path: "/srv/encryption/new", flag: .current, reload: false))
        #expect(kept.mounts == far.mounts)
        let again = try far.changed(
            .set(path: "/etc/kubernetes/e", flag: .current, reload: false), mount: "/etc/kubernetes"
        )
        #expect(again.mounts == original.mounts)
    }

    static let impossible: [(path: String, mount: String?, reason: String)] = [
        ("/nowhere/e", nil, "no folder of the host holds it"),
        ("/nowhere/e", "/else", "doesn't lie in the folder"),
        ("/etc/config/e", "/etc/config", "hidden by"),
        ("e", "/", "no path that"), ("/nowhere/e", "/", "doesn't lie in the folder"),
        ("/nowhere/../e", "/nowhere", "no path that"), ("/a:b/e", "/a:b", "doesn't lie in"),
        ("/etc/kubernetes/$(HOME)", nil, "no path that"),
        ("/etc/kubernetes/a\nb", nil, "no path that"),
    ]

    @Test("a config that the server wouldn't see, refused", arguments: impossible)
    func unseen(path: String, mount: String?, reason: String) throws {
        let manifest = try APIServerManifest(text: Self.pod(Self.plain))
        let error = #expect(throws: Fault.self) {
            try manifest.changed(.set(path: path, flag: .current, reload: false), mount: mount)
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("nothing to change, even where nothing may be changed, the manifest as it is")
    func unchanged() throws {
        for name in ["refused/uid.yaml", "changed/kubeadm-1.36.yaml"] {
            let manifest = try ManifestFixtures.manifest(name)
            #expect(try manifest.decrypted().contents == manifest.contents)
        }
    }

    @Test("one of a mount and its volume lost by hand, both there again")
    func repaired() throws {
        let original = try ManifestFixtures.manifest("changed/kubeadm-1.31.yaml")
        let whole = try original.encrypted()
        let mount =
            "    - mountPath: /srv/encryption\n      name: orchestrator-encryption\n"
            + "      readOnly: true\n"
        let half = try APIServerManifest(text: whole.text.replacing(mount, with: ""))
        #expect(half.text != whole.text)
        #expect(try half.encrypted().text == whole.text)
        #expect(try half.decrypted().text == original.text)
    }

    static let surprises: [(text: String, reason: String)] = [
        (pod(plain).replacing("metadata: {name: a}\n", with: ""), "wouldn't say what it should"),
        (pod(plain, more: "  -"), "the result couldn't be read"),
        (pod(plain + "\u{2028}"), "shares its line"),
        // A line after it would give the block scalar the line ending that it hasn't got.
        (
            "kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: kube-apiserver\n"
                + "    command: [kube-apiserver, --etcd-servers=a]\n    env:\n    - name: N\n"
                + "      value: |\n        text",
            "something else would change"
        ),
    ]

    @Test("what only reading the result can tell, refused all the same", arguments: surprises)
    func unforeseen(text: String, reason: String) throws {
        let manifest = try APIServerManifest(text: text)
        let error = #expect(throws: Fault.self) { try manifest.encrypted() }
        #expect(error?.code == .refused)
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
        #expect(error?.place?.line != nil)
    }

    @Test("our volume mounted by another container too, not taken from it")
    func shared() throws {
        let whole = try APIServerManifest(text: Self.pod(Self.plain)).encrypted()
        let sidecar =
            "  - name: other\n    volumeMounts:\n    - name: orchestrator-encryption\n"
            + "      mountPath: /x\n"
        let shared = try APIServerManifest(
            text: whole.text.replacing("  volumes:\n", with: sidecar + "  volumes:\n"))
        let error = #expect(throws: Fault.self) { try shared.decrypted() }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("another container") == true)
    }

    @Test("an argument given a thousand times, refused in good time")
    func thousand() throws {
        let many = String(repeating: "\n- --encryption-provider-config=/a", count: 1000)
        let manifest = try APIServerManifest(text: Self.pod(Self.plain + many))
        let error = #expect(throws: Fault.self) { try manifest.decrypted() }
        #expect(error?.code == .refused)
    }
}
