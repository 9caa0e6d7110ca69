internal import Basics

extension APIServer {
    /// The addresses of all API servers that are alive, by which they find each other: those of the
    /// Endpoints `default/kubernetes`, which every server renews its own entry of
    /// (`k8s.io/kubernetes/pkg/controlplane/reconcilers`). One that ended is gone within seconds.
    ///
    /// Servers that advertise one address between them count as one.
    ///
    /// - Throws: a `Fault` where it can't be had.
    public func advertisedServers() async throws -> Set<String> {
        struct Answer: Decodable {
            struct Subset: Decodable {
                struct Address: Decodable { let ip: String }
                let addresses: [Address]?
            }
            let subsets: [Subset]?
        }
        let answer = try await get(
            Answer.self, "/api/v1/namespaces/default/endpoints/kubernetes", limit: 1 << 20,
            activity: "asking which API servers there are")
        return Set((answer.subsets ?? []).flatMap { $0.addresses ?? [] }.map(\.ip))
    }
}
