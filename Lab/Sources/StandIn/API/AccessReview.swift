/// Answers whether the asker may do a thing (`SelfSubjectAccessReview`), as clients ask before
/// they begin. Nothing is stored.
enum AccessReview {
    static func isMeant(by request: APIRequest) -> Bool {
        request.path == ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"]
            && request.method == "POST"
    }

    static func respond(to request: APIRequest) throws -> APIResponse {
        guard let user = request.user, !user.isAnonymous else { throw APIError.unauthorized }
        guard var review = try? JSON(parsing: request.body), review["spec"]?.object != nil else {
            throw APIError.badRequest("the body isn't a SelfSubjectAccessReview with a spec")
        }
        review["kind"] = "SelfSubjectAccessReview"
        review["apiVersion"] = "authorization.k8s.io/v1"
        review["status"] = ["allowed": .bool(user.mayDoAnything)]
        return APIResponse(201, review)
    }
}
