import Basics
import EncryptionModel
import Testing

@testable import KubeAPI

@Suite struct DiscoveryTests {
    static let services = "GET /apis/apiregistration.k8s.io/v1/apiservices"

    private static func resource(_ name: String, _ verbs: String, scope: String = "Namespaced")
        -> String
    {
        let verbs = verbs.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ",")
        return
            #"{"resource":"\#(name)","scope":"\#(scope)","verbs":[\#(verbs)],"subresources":[{"subresource":"status","verbs":["get"]}]}"#
    }

    static let aggregated: [String: [Answer]] = [
        "GET /api": [
            .ok(
                #"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","freshness":"Current","resources":["#
                    + [
                        resource("secrets", "list patch get"), resource("bindings", "create"),
                        resource("events", "list patch"),
                        resource("nodes", "list patch", scope: "Cluster"),
                    ].joined(separator: ",") + "]}]}]}")
        ],
        "GET /apis": [
            .ok(
                #"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1","resources":["#
                    + resource("deployments", "list patch")
                    + #"]}]},{"metadata":{"name":"example.test"},"versions":[{"version":"v2","resources":["#
                    + resource("gadgets", "list") + #"]},{"version":"v1","resources":["#
                    + resource("gadgets", "list patch") + "," + resource("old", "list patch")
                    + #"]}]},{"metadata":{"name":"events.k8s.io"},"versions":[{"version":"v1","resources":["#
                    + resource("events", "list patch")
                    + #"]}]},{"metadata":{"name":"shop.test"},"versions":[{"version":"v1","resources":["#
                    + resource("orders", "list patch")
                    + #"]}]},{"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]}"#
            )
        ],
        services: [
            .ok(
                #"{"items":[{"spec":{"group":"apps","version":"v1"}},{"spec":{"group":"shop.test","service":{"name":"x"}}},{"spec":{"group":"metrics.k8s.io","service":{"name":"m"}}}]}"#
            )
        ],
    ]

    /// The same API as a server without aggregated discovery tells it.
    static let classic: [String: [Answer]] = [
        "GET /api": [.ok(#"{"kind":"APIVersions","versions":["v1"]}"#)],
        "GET /apis": [
            .ok(
                #"{"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}},"#
                    + #"{"name":"example.test","versions":[{"groupVersion":"example.test/v1","version":"v1"},{"groupVersion":"example.test/v2","version":"v2"}],"preferredVersion":{"groupVersion":"example.test/v2","version":"v2"}},"#
                    + #"{"name":"events.k8s.io","versions":[{"groupVersion":"e/v1","version":"v1"}]},{"name":"shop.test","versions":[{"groupVersion":"s/v1","version":"v1"}]},"#
                    + #"{"name":"metrics.k8s.io","versions":[{"groupVersion":"m/v1beta1","version":"v1beta1"}]}]}"#
            )
        ],
        "GET /api/v1": [
            .ok(
                #"{"resources":[{"name":"secrets","namespaced":true,"verbs":["get","list","patch"]},{"name":"secrets/status","namespaced":true,"verbs":["list","patch"]},"#
                    + #"{"name":"bindings","namespaced":true,"verbs":["create"]},{"name":"events","namespaced":true,"verbs":["list","patch"]},{"name":"nodes","namespaced":false,"verbs":["list","patch"]}]}"#
            )
        ],
        "GET /apis/apps/v1": [
            .ok(
                #"{"resources":[{"name":"deployments","namespaced":true,"verbs":["list","patch"]}]}"#
            )
        ],
        "GET /apis/example.test/v2": [
            .ok(#"{"resources":[{"name":"gadgets","namespaced":true,"verbs":["list"]}]}"#)
        ],
        "GET /apis/example.test/v1": [
            .ok(
                #"{"resources":[{"name":"gadgets","namespaced":true,"verbs":["list","patch"]},{"name":"old","namespaced":true,"verbs":["list","patch"]}]}"#
            )
        ],
        "GET /apis/events.k8s.io/v1": [
            .ok(#"{"resources":[{"name":"events","namespaced":true,"verbs":["list","patch"]}]}"#)
        ],
        "GET /apis/shop.test/v1": [
            .ok(#"{"resources":[{"name":"orders","namespaced":true,"verbs":["list","patch"]}]}"#)
        ],
        "GET /apis/metrics.k8s.io/v1beta1": [.status(503, "service unavailable")],
        services: aggregated[services] ?? [],
    ]

    @Test("patterns, expanded alike by both forms of discovery")
    func patterns() async throws {
        let all = "deployments.apps events gadgets.example.test nodes old.example.test secrets"
        let table = [
            "secrets": "secrets", "*.": "events nodes secrets", "*.apps": "deployments.apps",
            "*.*": all, "*.example.test": "gadgets.example.test old.example.test",
            "*.nobody": "", "gadgets.example.test": "gadgets.example.test",
        ]
        for script in [Self.aggregated, Self.classic] {
            let discovery = try await APIServer.test(script).discovery()
            for (pattern, expected) in table {
                let found = try discovery.resources(matching: ResourcePattern(pattern))
                let names = found.map(\.name.description).joined(separator: " ")
                #expect(names == expected, "\(pattern)")
            }
            let gadgets = try discovery.resource(
                GroupResource(pattern: ResourcePattern("gadgets.example.test")))
            #expect(gadgets.version == "v1")
            let nodes = try discovery.resource(GroupResource(pattern: ResourcePattern("nodes")))
            #expect(!nodes.isNamespaced)
        }
    }

    @Test("resource that nobody serves or that can't be rewritten, a fault that helps")
    func missing() async throws {
        let discovery = try await APIServer.test(Self.aggregated).discovery()
        let cases = [
            ("deployments", "there is deployments.apps"), ("widgets", "custom resource"),
            ("bindings", "only create"), ("nodes.metrics.k8s.io", "doesn't answer"),
        ]
        for (name, words) in cases {
            let fault = await faultThrown {
                try discovery.resources(matching: ResourcePattern(name))
            }
            #expect("\(fault)".contains(words), "\(fault)")
        }
    }

    @Test("group of our own that can't be told, a wildcard over it is a fault")
    func silentGroup() {
        let discovery = Discovery(
            offers: [Scripted.secrets],
            silentGroups: ["example.test": Fault(.unreachable, "no answer")])
        #expect(throws: Fault.self) { try discovery.resources(matching: ResourcePattern("*.*")) }
        #expect(throws: Never.self) { try discovery.resources(matching: ResourcePattern("*.")) }
    }

    @Test("apiservices hidden from us, a named resource is found and a wildcard is a fault")
    func hiddenServices() async throws {
        var script = Self.aggregated
        script[Self.services] = [.refusal(403, "Forbidden", "no")]
        let discovery = try await APIServer.test(script).discovery()
        #expect(try discovery.resources(matching: .secrets).count == 1)
        let fault = await faultThrown { try discovery.resources(matching: ResourcePattern("*.*")) }
        #expect(fault.code == .denied)
    }

    @Test("discovery forbidden or senseless, a fault")
    func forbidden() async {
        for answer in [Answer.refusal(403, "Forbidden", "no"), .ok("[]"), .ok(#"{"kind":"Pod"}"#)] {
            var script = Self.aggregated
            script["GET /apis"] = [answer]
            let server = APIServer.test(script)
            let fault = await faultThrown { try await server.discovery() }
            #expect([.denied, .remote].contains(fault.code))
        }
    }

    @Test("paths of collections and objects, names encoded")
    func paths() {
        let roles = ServedResource(
            name: GroupResource(resource: "roles", group: "rbac.k8s.io"), version: "v1",
            isNamespaced: true, verbs: [])
        #expect(roles.path(in: nil) == "/apis/rbac.k8s.io/v1/roles")
        let object = ObjectReference(namespace: "a", name: "system:x/é", version: version("1"))
        #expect(
            roles.path(of: object) == "/apis/rbac.k8s.io/v1/namespaces/a/roles/system%3Ax%2F%C3%A9")
    }
}
