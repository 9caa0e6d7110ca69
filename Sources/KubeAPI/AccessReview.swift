internal import Basics
internal import HTTP
internal import JSON

extension APIServer {
    /// Which of the rights that a rewrite needs we lack, so that it can be told before anything is
    /// touched; empty where we may.
    ///
    /// The server's authorizer is asked (`SelfSubjectAccessReview`), for all namespaces. Webhooks
    /// may deny single objects all the same.
    public func rightsLacking(toRewrite resource: ServedResource) async throws -> [String] {
        let activity = "asking whether we may rewrite \(resource.name)"
        var lacking: [String] = []
        for verb in ["list", "patch"] {
            if try await !isAllowed(verb, resource, activity) { lacking.append(verb) }
        }
        return lacking
    }

    private func isAllowed(
        _ verb: String, _ resource: ServedResource, _ activity: String
    ) async throws -> Bool {
        struct Review: Decodable {
            struct Status: Decodable { let allowed: Bool }
            let status: Status
        }
        return try await told(activity) {
            let group = JSONText.quoted(resource.name.group)
            let name = JSONText.quoted(resource.name.resource)
            let body =
                #"{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","#
                + #""spec":{"resourceAttributes":{"verb":"\#(verb)","group":\#(group),"#
                + #""resource":\#(name)}}}"#
            let response = try await exchanger.send(
                request(
                    "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                    contentType: MediaType.json, body: SecretBytes(copying: body.utf8)),
                limit: 1 << 20)
            guard response.status == 201 || response.status == 200 else {
                throw APIFailure(head: response.head, body: response.body)
            }
            return try decode(Review.self, from: response.body).status.allowed
        }
    }
}
