/// The requests of the parity suite, in their order; each sees what those before it did.
enum Table {
    private static let core = "/api/v1"
    static let secrets = "/api/v1/namespaces/parity/secrets"
    private static let maps = "/api/v1/namespaces/parity/configmaps"
    static let leases = "/apis/coordination.k8s.io/v1/namespaces/parity/leases"
    private static let widgets = "/apis/lab.example.com/v1/namespaces/parity/widgets"

    static let steps: [Step] =
        health + access + creating + reading + lists + changing + stale + custom + leaseSteps
        + holding + unreadable + refusals + deleting

    static func secret(_ name: String, _ more: String = "") -> String {
        """
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "\(name)"}, \
        "stringData": {"a": "b"}\(more)}
        """
    }

    private static let health: [Step] = [
        .get("readyz", "/readyz", accept: "*/*"), .get("livez", "/livez", accept: "*/*"),
        .get("healthz", "/healthz", accept: "*/*"),
        Step(
            name: "version", path: "/version", compared: .members(["major", "minor", "gitVersion"])),
        Step(name: "metrics", path: "/metrics", compared: .encryptionMetrics),
        Step(name: "api", path: "/api", compared: .members(["kind", "versions"])),
        Step(name: "apis", path: "/apis", compared: .members(["kind", "apiVersion"])),
        Step(name: "core resources", path: "/api/v1", compared: .discovery),
        .get("one group", "/apis/coordination.k8s.io"),
        Step(
            name: "resources of a group", path: "/apis/coordination.k8s.io/v1",
            compared: .discovery),
        Step(
            name: "resources of a custom group", path: "/apis/lab.example.com/v1",
            compared: .discovery),
        .get("no such path", "/nothing", accept: "*/*"),
        .get("no such group", "/apis/none.example.com/v1/things", accept: "*/*"),
        .get("no such resource", "/api/v1/namespaces/default/nothings/x"),
    ]

    private static let access: [Step] = [Bench.Identity.admin, .other, .none].map { identity in
        Step(
            name: "may \(identity) patch Secrets", method: "POST",
            path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            body: #"{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","#
                + #""spec":{"resourceAttributes":{"verb":"patch","resource":"secrets"}}}"#,
            headers: ["content-type": Step.json], identity: identity, compared: .accessReview)
    }

    private static let creating: [Step] = [
        .create("create namespace", "\(core)/namespaces", #"{"metadata": {"name": "parity"}}"#),
        .create(
            "create namespace again", "\(core)/namespaces", #"{"metadata": {"name": "parity"}}"#),
        .create("bad namespace name", "\(core)/namespaces", #"{"metadata": {"name": "a.b"}}"#),
        .create(
            "create", secrets,
            #"{"metadata":{"name":"s1","labels":{"a":"b"},"annotations":{"c":"d"}},"#
                + #""stringData":{"a":"b"},"data":{"z":"AAEC"}}"#),
        .create("create again", secrets, secret("s1")),
        .create("bad name", secrets, secret("Bad_Name")),
        .create("no name", secrets, #"{"metadata": {}}"#),
        .create("bad base64", secrets, #"{"metadata":{"name":"s2"},"data":{"a":"%%"}}"#),
        .create("bad data key", secrets, #"{"metadata":{"name":"s2"},"data":{"a b":"AA=="}}"#),
        .create("torn body", secrets, #"{"metadata":{"name":"s2""#),
        Step(
            name: "another kind", method: "POST", path: secrets,
            body: #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"s2"}}"#,
            headers: ["content-type": Step.json], compared: .members(["reason", "code"])),
        .create("no such namespace", "/api/v1/namespaces/none/secrets", secret("s2")),
        .create(
            "another namespace", secrets, #"{"metadata":{"name":"s2","namespace":"default"}}"#),
        .create(
            "create with a version", secrets, #"{"metadata":{"name":"s2","resourceVersion":"4"}}"#),
        Step(
            name: "unknown body format", method: "POST", path: secrets, body: "{}",
            headers: ["content-type": "text/plain"]),
        .create("create config map", maps, #"{"metadata":{"name":"m1"},"data":{"a":"b"}}"#),
        .create(
            "create binary config map", maps,
            #"{"metadata":{"name":"m2"},"binaryData":{"a":"AAEC"},"immutable":true}"#),
        .create(
            "create with finalizer", maps,
            #"{"metadata":{"name":"m3","finalizers":["x.example.com/y"]}}"#),
    ]

    private static let reading: [Step] = [
        .get("get", "\(secrets)/s1"), .get("get metadata", "\(secrets)/s1", accept: Step.metadata),
        .get("get nothing", "\(secrets)/none"),
        .get("get binary", "\(maps)/m2"),
        .get(
            "get as a table or as it is", "\(secrets)/s1",
            accept: "application/x-none;as=Table;v=v1;g=meta.k8s.io,application/json"),
        .get("not acceptable", "\(secrets)/s1", accept: "text/html"),
        Step(
            name: "get without a certificate", path: "\(secrets)/s1", identity: .none),
        Step(name: "get as another", path: "\(secrets)/s1", identity: .other),
        Step(
            name: "get with a certificate of another CA", path: "\(secrets)/s1", identity: .foreign),
        Step(
            name: "get with a token of nobody", path: "\(secrets)/s1",
            headers: ["authorization": "Bearer nobody"], identity: .none),
        Step(name: "list as another", path: "\(core)/secrets", identity: .other),
        Step(
            name: "patch as another", method: "PATCH", path: "\(secrets)/s1", body: "{}",
            headers: ["content-type": Step.merge], identity: .other),
        Step(
            name: "widget as another", path: "\(widgets)/w", identity: .other),
        Step(name: "metrics as another", path: "/metrics", identity: .other),
        Step(name: "readyz as another", path: "/readyz", identity: .other),
        Step(name: "readyz without a certificate", path: "/readyz", identity: .none),
    ]

    private static let lists: [Step] =
        (2...5).map { .create("create s\($0)", secrets, secret("s\($0)")) } + [
            .get("list", secrets), .get("list metadata", secrets, accept: Step.metadataList),
            .get("first page", "\(secrets)?limit=2", keepsToken: true),
            .get("second page", "\(secrets)?limit=2&continue=${token}", keepsToken: true),
            .get("last page", "\(secrets)?limit=2&continue=${token}"),
            .get("exactly all", "\(secrets)?limit=5"),
            .get("first metadata page", "\(secrets)?limit=3", accept: Step.metadataList),
            .get(
                "page of all namespaces", "\(core)/secrets?limit=2", accept: Step.metadataList,
                keepsToken: true),
            .get(
                "rest of all namespaces", "\(core)/secrets?limit=50&continue=${token}",
                accept: Step.metadataList),
            .get("page to expire", "\(secrets)?limit=2", keepsToken: true),
            .create("something newer", secrets, secret("s6")),
            .get("old page after a change", "\(secrets)?limit=9&continue=${token}"),
            .get(
                "expired token", "\(secrets)?limit=2&continue=${token}", before: [.compact],
                keepsToken: true),
            .get("inconsistent rest", "\(secrets)?limit=9&continue=${token}"),
            .get("compacted version", "\(secrets)?limit=2&resourceVersion=2"),
            .get(
                "compacted exact version",
                "\(secrets)?resourceVersion=2&resourceVersionMatch=Exact"),
            .get("future version", "\(secrets)?resourceVersion=99999999"),
            .get("bad token", "\(secrets)?limit=2&continue=abc"),
            .get(
                "token that leads out",
                "\(secrets)?limit=2&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6Miwic3RhcnQiOiIuLi8uLi94In0"
            ),
            .get("bad limit", "\(secrets)?limit=x"),
            .get("label", "\(secrets)?labelSelector=a%3Db"),
            .get("field", "\(secrets)?fieldSelector=metadata.name%3Ds3"),
            .get(
                "empty list",
                "/api/v1/namespaces/default/configmaps?limit=500&fieldSelector=metadata.name%3Dnone"
            ),
        ]

    private static let changing: [Step] = [
        .patch("empty patch", "\(secrets)/s1", "{}"),
        .patch("empty patch, metadata", "\(secrets)/s1", "{}", accept: Step.metadata),
        .patch("patch", "\(secrets)/s1", #"{"data":{"q":"eg==","z":null}}"#),
        .patch("patch that changes nothing", "\(secrets)/s1", #"{"data":{"q":"eg=="}}"#),
        .patch("patch labels", "\(secrets)/s1", #"{"metadata":{"labels":{"a":null,"c":"d"}}}"#),
        .patch(
            "patch at an old version", "\(secrets)/s1", #"{"metadata":{"resourceVersion":"1"}}"#),
        .patch("patch nothing", "\(secrets)/none", "{}"),
        .patch("patch with a list", "\(secrets)/s1", "[]"),
        .patch("patch torn", "\(secrets)/s1", "{nonsense"),
        .patch("patch the type", "\(secrets)/s1", #"{"type":"x"}"#),
        .patch("patch the name", "\(secrets)/s1", #"{"metadata":{"name":"q"}}"#),
        .patch("patch an immutable", "\(maps)/m2", #"{"binaryData":{"b":"AA=="}}"#),
        .patch("empty patch of an immutable", "\(maps)/m2", "{}"),
        Step(
            name: "patch in another format", method: "PATCH", path: "\(secrets)/s1", body: "{}",
            headers: ["content-type": "application/json"]),
        .put("put", "\(secrets)/s2", secret("s2", #","data":{"n":"AA=="}"#)),
        .put("put the same", "\(secrets)/s2", secret("s2", #","data":{"n":"AA=="}"#)),
        .put(
            "put at an old version", "\(secrets)/s2",
            #"{"metadata":{"name":"s2","resourceVersion":"1"}}"#),
        .put("put nothing", "\(secrets)/none", secret("none")),
        .put("put another name", "\(secrets)/s2", secret("s3")),
        .put(
            "put another uid", "\(secrets)/s2",
            #"{"metadata":{"name":"s2","uid":"00000000-0000-0000-0000-000000000000"}}"#),
    ]

    private static let stale: [Step] = [
        .get("under the new key", "\(secrets)/s3", before: [.restart(config: Configs.second)]),
        .patch("stale, empty patch", "\(secrets)/s3", "{}", accept: Step.metadata),
        .patch("no longer stale", "\(secrets)/s3", "{}", accept: Step.metadata),
        .patch("stale immutable, empty patch", "\(maps)/m2", "{}", accept: Step.metadata),
        .patch("stale, real patch", "\(secrets)/s4", #"{"data":{"x":"AA=="}}"#),
        .get("list of both kinds", secrets, accept: Step.metadataList),
        Step(name: "metrics after the restart", path: "/metrics", compared: .encryptionMetrics),
    ]

    private static let custom: [Step] = [
        .create(
            "create widget", widgets,
            #"{"apiVersion":"lab.example.com/v1","kind":"Widget","metadata":{"name":"w1"},"#
                + #""spec":{"n":1.5,"list":[1,{"a":null}],"deep":{"a":"b"}}}"#),
        .get("get widget", "\(widgets)/w1"), .get("get no widget", "\(widgets)/none"),
        .get("list widgets", widgets),
        .get("list widgets' metadata", widgets, accept: Step.metadataList),
        .patch("patch widget", "\(widgets)/w1", #"{"spec":{"n":2}}"#),
        .patch("empty patch of widget", "\(widgets)/w1", "{}", accept: Step.metadata),
        .put(
            "put widget without a version", "\(widgets)/w1",
            #"{"apiVersion":"lab.example.com/v1","kind":"Widget","metadata":{"name":"w1"}}"#),
        .create(
            "bad widget name", widgets,
            #"{"apiVersion":"lab.example.com/v1","kind":"Widget","metadata":{"name":"W"}}"#),
        .delete("delete widget", "\(widgets)/w1"), .delete("delete no widget", "\(widgets)/w1"),
    ]

    private static let refusals: [Step] = [
        Step(name: "post an object", method: "POST", path: "\(secrets)/s1", body: "{}"),
        Step(name: "put a collection", method: "PUT", path: secrets, body: "{}"),
        Step(name: "post to all namespaces", method: "POST", path: "\(core)/secrets", body: "{}"),
    ]

    private static let deleting: [Step] = [
        .delete("delete", "\(secrets)/s1"), .delete("delete again", "\(secrets)/s1"),
        .delete("delete config map", "\(maps)/m1"),
        .delete("delete with finalizer", "\(maps)/m3"),
        .get("still there", "\(maps)/m3"),
        .patch("remove finalizer", "\(maps)/m3", #"{"metadata":{"finalizers":null}}"#),
        .get("gone", "\(maps)/m3"),
    ]
}
