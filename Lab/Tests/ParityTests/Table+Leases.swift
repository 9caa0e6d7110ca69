/// Leases, and how one is held.
extension Table {
    static let leaseSteps: [Step] = [
        .create(
            "create lease", leases,
            #"{"metadata":{"name":"l1"},"spec":{"holderIdentity":"x","leaseDurationSeconds":30,"#
                + #""renewTime":"2026-11-21T03:45:55.123456Z","leaseTransitions":0}}"#),
        .get("get lease", "\(leases)/l1"),
        .patch("patch lease", "\(leases)/l1", #"{"spec":{"holderIdentity":"y"}}"#),
        .put(
            "put lease without a version", "\(leases)/l1",
            #"{"metadata":{"name":"l1"},"spec":{"holderIdentity":"z"}}"#),
        .put("put new lease", "\(leases)/l2", #"{"metadata":{"name":"l2"},"spec":{}}"#),
        .delete(
            "delete lease of another uid", "\(leases)/l1",
            #"{"preconditions":{"uid":"00000000-0000-0000-0000-000000000000"}}"#),
        .delete(
            "delete lease of another version", "\(leases)/l1",
            #"{"preconditions":{"resourceVersion":"1"}}"#),
        .delete("delete lease", "\(leases)/l1"),
    ]

    private static let held = "\(leases)/held"

    private static func spec(_ members: String) -> String {
        #"{"metadata":{"resourceVersion":"${version}"},"spec":{\#(members)}}"#
    }

    /// A MicroTime has six decimals and nothing else. The answer quotes the whole object.
    private static func badTime(_ name: String, _ time: String) -> Step {
        let body = spec(#""renewTime":"2026-11-21T\#(time)""#)
        var step = Step.patch("renewTime \(name)", held, body)
        step.compared = .members(["kind", "status", "reason", "code"])
        return step
    }

    /// What operators that keep one another away do with a Lease.
    static let holding: [Step] = [
        .create(
            "hold lease", leases,
            #"{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"held","#
                + #""annotations":{"orchestrator-encryption/run":"r1","#
                + #""orchestrator-encryption/lock-file":"f1"}},"spec":{"holderIdentity":"#
                + #""root@a, process 1, orchestrator up","leaseDurationSeconds":30,"#
                + #""acquireTime":"2026-11-21T03:45:55.000001Z","#
                + #""renewTime":"2026-11-21T03:45:55.000001Z","leaseTransitions":0}}"#),
        .create(
            "hold lease again", leases,
            #"{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"held"}}"#),
        .patch("renew lease", held, spec(#""renewTime":"2026-11-21T03:46:05.500000Z""#)),
        .patch(
            "renew lease at an old version", held,
            #"{"metadata":{"resourceVersion":"1"},"#
                + #""spec":{"renewTime":"2026-11-21T03:46:06.000000Z"}}"#),
        badTime("without decimals", "03:46:06Z"),
        badTime("of five decimals", "03:46:06.00000Z"),
        badTime("of nanoseconds", "03:46:06.000000000Z"),
        .patch("empty patch of lease", held, "{}", accept: Step.metadata),
        .patch(
            "take lease over", held,
            #"{"metadata":{"resourceVersion":"${version}","annotations":{"#
                + #""orchestrator-encryption/run":"r2","orchestrator-encryption/lock-file":null}},"#
                + #""spec":{"holderIdentity":"root@b","leaseDurationSeconds":30,"#
                + #""acquireTime":"2026-11-21T04:00:00.123456Z","#
                + #""renewTime":"2026-11-21T04:00:00.123456Z","leaseTransitions":1}}"#),
        .patch("lease of no duration", held, spec(#""leaseDurationSeconds":0"#)),
        .patch("lease of negative transitions", held, spec(#""leaseTransitions":-1"#)),
        .patch(
            "release lease", held,
            #"{"metadata":{"resourceVersion":"${version}","annotations":{"#
                + #""orchestrator-encryption/run":null,"orchestrator-encryption/lock-file":null}},"#
                + #""spec":{"holderIdentity":"","leaseDurationSeconds":1,"#
                + #""renewTime":"2026-11-21T04:01:00.000000Z"}}"#),
        .get("released lease", held),
        .put(
            "put lease at its version", held,
            #"{"metadata":{"name":"held","resourceVersion":"${version}"},"#
                + #""spec":{"holderIdentity":"root@c","leaseDurationSeconds":5}}"#),
        .put(
            "put lease at an old version", held,
            #"{"metadata":{"name":"held","resourceVersion":"1"},"spec":{}}"#),
        .get("list leases", leases),
        .patch("patch no lease", "\(leases)/none", spec(#""holderIdentity":"x""#)),
        Step(
            name: "may admin create leases", method: "POST",
            path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            body: #"{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","#
                + #""spec":{"resourceAttributes":{"verb":"create","namespace":"kube-system","#
                + #""group":"coordination.k8s.io","resource":"leases"}}}"#,
            headers: ["content-type": Step.json], compared: .accessReview),
    ]
}
