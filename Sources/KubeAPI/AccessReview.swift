internal import Basics
public import EncryptionModel
internal import HTTP
internal import JSON

extension APIServer {
    /// Which of the rights that a rewrite needs we lack, so that it can be told before anything is
    /// touched; empty where we may.
    ///
    /// The server's authorizer is asked (`SelfSubjectAccessReview`), for all namespaces. Webhooks
    /// may deny single objects all the same.
    public func rightsLacking(toRewrite resource: ServedResource) async throws -> [String] {
        try await rightsLacking(["list", "patch"], on: resource.name, in: nil)
    }

    /// Which of the verbs we may not use on the resource; empty where we may use all.
    ///
    /// - Parameter namespace: nil for all of them.
    public func rightsLacking(
        _ verbs: [String], on resource: GroupResource, in namespace: String?
    ) async throws -> [String] {
        let activity = "asking whether we may \(verbs.joined(separator: ", ")) \(resource)"
        var lacking: [String] = []
        for verb in verbs {
            guard try await !isAllowed(verb, resource, in: namespace, activity) else { continue }
            lacking.append(verb)
        }
        return lacking
    }

    private func isAllowed(
        _ verb: String, _ resource: GroupResource, in namespace: String?, _ activity: String
    ) async throws -> Bool {
        struct Review: Decodable {
            struct Status: Decodable { let allowed: Bool }
            let status: Status
        }
        return try await told(activity) {
            let group = JSONText.quoted(resource.group)
            let name = JSONText.quoted(resource.resource)
            let place = namespace.map { #","namespace":\#(JSONText.quoted($0))"# } ?? ""
            let body =
                #"{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","#
                + #""spec":{"resourceAttributes":{"verb":"\#(verb)","group":\#(group),"#
                + #""resource":\#(name)\#(place)}}}"#
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
