import Testing

@testable import KubeletStandIn

@Suite("a manifest, read as the kubelet reads it")
struct DecodingTests {
    @Test(
        "only its form changes, the identity stays",
        arguments: [
            Manifests.pod() + "\n# a comment\n", "---\n" + Manifests.pod(),
            Manifests.pod().replacing("\n", with: "\r\n"),
            Manifests.pod(metadata: "  creationTimestamp: null\n  annotations: {}"),
            Manifests.pod().replacing("name: server", with: "'name': \"server\""),
            Manifests.pod() + "\n---\nkind: something else\n",
            "shared: &shared {namespace: kube-system, name: other}\n"
                + Manifests.pod().replacing("  namespace: kube-system", with: "  <<: *shared"),
            """
            {"kind":"Pod","apiVersion":"v1","spec":{"containers":[{"image":"server:1",
            "command":["server","--a=1"],"name":"main"}]},
            "metadata":{"namespace":"kube-system","name":"server"},"unknown":1}
            """,
        ])
    func form(text: String) throws {
        #expect(try Manifests.decoded(text).uid == Manifests.decoded(Manifests.pod()).uid)
    }

    @Test(
        "its content changes, the identity changes",
        arguments: [
            Manifests.pod(metadata: "  annotations: {stamp: a}"),
            Manifests.pod(metadata: "  labels: {stamp: a}"), Manifests.pod(flag: "--a=2"),
            Manifests.pod(image: "server:2"), Manifests.pod(spec: "  hostNetwork: true"),
        ])
    func content(text: String) throws {
        let uid = try Manifests.decoded(text).uid
        #expect(uid.count == 32)
        #expect(uid != (try Manifests.decoded(Manifests.pod()).uid))
    }

    @Test("the same content in another file or on another node, another identity")
    func place() throws {
        let bytes = Array(Manifests.pod().utf8)
        let uids = try [("a", "1"), ("b", "1"), ("a", "2")].map {
            try StaticPod(manifest: bytes, path: $0, node: $1).uid
        }
        #expect(Set(uids).count == 3)
    }

    @Test("an identity in the file, stays whatever else changes")
    func fixed() throws {
        let one = try Manifests.decoded(Manifests.pod(metadata: "  uid: abc", flag: "--a=1"))
        let other = try Manifests.decoded(Manifests.pod(metadata: "  uid: abc", flag: "--a=2"))
        #expect(one.uid == "abc")
        #expect(other.uid == "abc")
        #expect(one != other)
    }

    @Test("command, arguments, variables, mounts and grace, all read")
    func whole() throws {
        let pod = try Manifests.decoded(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: server}
            spec:
              terminationGracePeriodSeconds: 5
              containers:
              - name: main
                image: server:1
                env:
                - {name: A, value: one}
                - {name: B, value: $(A)-two}
                command: [server]
                args: ["--x=$(B)", "$$(A)", "$(C)", "100%$"]
                volumeMounts:
                - {name: v, mountPath: /etc/v, readOnly: true, subPath: a/b}
                - {name: scratch, mountPath: /tmp}
              volumes:
              - name: v
                hostPath: {path: /etc/v, type: File}
              - name: scratch
                emptyDir: {}
            """)
        #expect(pod.name == .init(namespace: "default", name: "server-node1"))
        #expect(pod.gracePeriod == .seconds(5))
        #expect(pod.volumes == ["v": .hostPath("/etc/v", .file), "scratch": .emptyDirectory])
        let container = try #require(pod.containers.first)
        #expect(container.command == ["server", "--x=one-two", "$(A)", "$(C)", "100%$"])
        #expect(
            container.mounts == [
                .init(volume: "v", path: "/etc/v", subPath: "a/b", isReadOnly: true),
                .init(volume: "scratch", path: "/tmp", subPath: "", isReadOnly: false),
            ])
        #expect(try Manifests.decoded(Manifests.pod()).gracePeriod == .seconds(30))
    }

    @Test(
        "no pod that can be run, refused",
        arguments: [
            "", "---\n---\n" + Manifests.pod(), "{", "a: [", "kind: Pod",
            Manifests.pod().replacing("kind: Pod", with: "kind: Service"),
            Manifests.pod(name: "Not_A_Name"), Manifests.pod(name: "''"),
            Manifests.pod(flag: "1"), Manifests.pod(image: "''"),
            Manifests.pod(spec: "  volumes: [{name: v, secret: {secretName: s}}]"),
            Manifests.pod(spec: "  volumes: [{name: v, hostPath: {path: /a, type: Dir}}]"),
            Manifests.pod(spec: "  volumes: [{name: v, hostPath: {path: /a/../b}}]"),
            Manifests.pod(spec: "    volumeMounts: [{name: v, mountPath: /v}]"),
            Manifests.pod(spec: "  - {name: main, image: a, command: [a]}"),
        ])
    func refused(text: String) {
        #expect(throws: ManifestError.self) { try Manifests.decoded(text) }
    }
}
