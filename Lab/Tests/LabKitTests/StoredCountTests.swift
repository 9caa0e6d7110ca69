import Testing

@testable import LabKit

@Suite("what etcd holds, counted")
struct StoredCountTests {
    @Test(
        "a key of etcd, its resource",
        arguments: [
            ("/registry/secrets/default/a", "secrets"),
            ("/registry/namespaces/default", "namespaces"),
            (
                "/registry/apiregistration.k8s.io/apiservices/v1.",
                "apiservices.apiregistration.k8s.io"
            ),
            ("/registry/lab.example.org/widgets/default/a", "widgets.lab.example.org"),
            ("/other/secrets/default/a", nil),
            ("compact_rev_key", nil),
        ] as [(String, String?)])
    func resource(key: String, expected: String?) {
        #expect(StoredCount.resource(of: key) == expected)
    }

    @Test(
        "a stored value, its prefix",
        arguments: [
            ("k8s:enc:aescbc:v1:key-1:\u{1}\u{2}", "k8s:enc:aescbc:v1:key-1:"),
            ("k8s:enc:secretbox:v1:k:::", "k8s:enc:secretbox:v1:k:"),
            ("k8s:enc:kms:v2:plugin:x", "k8s:enc:kms:v2:plugin:"),
            ("k8s:enc:aescbc:v1:torn", "k8s:enc: without a key"),
            ("k8s\u{0}\n", "plaintext"),
            ("{\"kind\":\"Widget\"}", "plaintext"),
            ("", "plaintext"),
        ])
    func prefix(value: String, expected: String) {
        #expect(StoredCount.prefix(of: Array(value.utf8)) == expected)
    }

    @Test("an encrypted value that shows a known value, told by its key")
    func revealing() {
        var count = StoredCount()
        count.add(
            key: "/registry/secrets/a/b",
            value: Array("k8s:enc:aescbc:v1:k:\(Workload.marker) of a/b".utf8))
        count.add(key: "/registry/secrets/a/c", value: Array("k8s\0\(Workload.marker)".utf8))
        #expect(count.revealing == ["/registry/secrets/a/b"])
        #expect(count.resources == ["secrets": ["k8s:enc:aescbc:v1:k:": 1, "plaintext": 1]])
    }
}
