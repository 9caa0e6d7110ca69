/// Values in etcd that a server can't read.
extension Table {
    private static let badKey = "/registry/secrets/parity/bad"

    private static func bad(_ name: String, _ value: String) -> Step {
        .get(name, "\(secrets)/bad", before: [.store(key: badKey, value: value)])
    }

    private static let padding = String(repeating: "x", count: 64)

    static let unreadable: [Step] = [
        bad("unknown key", "k8s:enc:aescbc:v1:none:\(padding)"),
        .patch("patch unreadable", "\(secrets)/bad", "{}"),
        .put("put unreadable", "\(secrets)/bad", secret("bad")),
        .delete("delete unreadable", "\(secrets)/bad"),
        .get("list with unreadable", secrets),
        .get("page with unreadable", "\(secrets)?limit=3", accept: Step.metadataList),
        .get("page before unreadable", "\(secrets)?limit=1&fieldSelector=metadata.name%3Ds1"),
        bad("not a whole block", "k8s:enc:aescbc:v1:one:\(padding)y"),
        bad("too short", "k8s:enc:aescbc:v1:one:x"),
        bad("unknown provider", "k8s:enc:kms:v2:plugin:\(padding)"),
        bad("unknown secretbox key", "k8s:enc:secretbox:v1:none:\(padding)"),
        bad("secretbox under another key", "k8s:enc:secretbox:v1:two:\(padding)"),
        bad("too short a secretbox", "k8s:enc:secretbox:v1:two:x"),
        Step(
            name: "encrypted without keys", path: "\(secrets)/s3",
            before: [.restartUnready(config: Configs.withoutKeys)]),
        Step(name: "readyz without keys", path: "/readyz", compared: .statusOnly),
        Step(
            name: "readable again", path: "\(secrets)/s3",
            before: [.remove(key: badKey), .restart(config: Configs.second)],
            compared: .members(["kind"])),
    ]
}
