import EncryptionModel
import Testing

@testable import Etcd

struct KeyspaceTests {
    @Test(
        "each resource has its folder, as kube-apiserver's storage has it",
        arguments: [
            ("secrets", "", "/registry/secrets/"), ("configmaps", "", "/registry/configmaps/"),
            ("deployments", "apps", "/registry/deployments/"), ("nodes", "", "/registry/minions/"),
            ("services", "", "/registry/services/specs/"),
            ("endpoints", "", "/registry/services/endpoints/"),
            ("replicationcontrollers", "", "/registry/controllers/"),
            ("ingresses", "networking.k8s.io", "/registry/ingress/"),
            ("podsecuritypolicies", "policy", "/registry/podsecuritypolicy/"),
            ("leases", "coordination.k8s.io", "/registry/leases/"),
            (
                "customresourcedefinitions", "apiextensions.k8s.io",
                "/registry/apiextensions.k8s.io/customresourcedefinitions/"
            ),
            (
                "apiservices", "apiregistration.k8s.io",
                "/registry/apiregistration.k8s.io/apiservices/"
            ),
            ("certificates", "cert-manager.io", "/registry/cert-manager.io/certificates/"),
            (
                "gateways", "gateway.networking.k8s.io",
                "/registry/gateway.networking.k8s.io/gateways/"
            ),
        ])
    func folders(resource: String, group: String, folder: String) {
        let range = EtcdKeyspace().range(of: GroupResource(resource: resource, group: group))
        #expect(range.start == Array(folder.utf8))
        #expect(range.end == Array((folder.dropLast() + "0").utf8))
        #expect(range.contains(Array((folder + "default/a").utf8)))
        #expect(!range.contains(Array((folder.dropLast() + "x/a").utf8)))
    }

    @Test(
        "the prefix is joined as kube-apiserver joins it",
        arguments: [
            ("/registry", "/registry/secrets/"), ("registry", "/registry/secrets/"),
            ("/registry/", "/registry/secrets/"), ("/kubernetes.io", "/kubernetes.io/secrets/"),
            ("a//b", "/a/b/secrets/"), ("", "/secrets/"), ("/", "/secrets/"),
        ])
    func prefixes(prefix: String, folder: String) {
        #expect(EtcdKeyspace(prefix: prefix).range(of: .secrets).start == Array(folder.utf8))
    }

    @Test(
        "a value's form is told from its first bytes",
        arguments: [
            ("", "plaintext"), ("k8s\u{0}\n", "plaintext"), ("{\"kind\":1}", "plaintext"),
            ("k8s:enc", "plaintext"), ("K8s:enc:aescbc:v1:a:x", "plaintext"),
            ("k8s:enc:aescbc:v1:key-1:x", "k8s:enc:aescbc:v1:key-1:"),
            ("k8s:enc:kms:v2:my plugin:x:y:", "k8s:enc:kms:v2:my plugin:"),
            ("k8s:enc:aescbc:v1:schlüssel:x", "k8s:enc:aescbc:v1:schlüssel:"),
            ("k8s:enc:", "k8s:enc:"), ("k8s:enc:\u{0}:v1:a:", "k8s:enc:"),
            ("k8s:enc:aescbc:v1:", "k8s:enc:aescbc:v1:"), ("k8s:enc:aescbc::a:", "k8s:enc:aescbc:"),
            (
                "k8s:enc:aescbc:v1:" + String(repeating: "n", count: 256) + ":",
                "k8s:enc:aescbc:v1:" + String(repeating: "n", count: 256) + ":"
            ),
            ("k8s:enc:aescbc:v1:" + String(repeating: "n", count: 257) + ":", "k8s:enc:aescbc:v1:"),
        ])
    func forms(value: String, form: String) {
        #expect(StoredForm(firstBytesOf: Array(value.utf8)).description == form)
    }
}
