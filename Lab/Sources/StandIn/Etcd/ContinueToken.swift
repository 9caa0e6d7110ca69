/// Where a list in pages goes on: kube-apiserver's own format, so that tokens of one server
/// work on another.
struct ContinueToken {
    /// The revision that the first page was read at; -1 for the newest.
    let revision: Int64
    /// The full key in etcd to go on from.
    let key: [UInt8]

    func encode(below prefix: [UInt8]) -> String {
        let start = JSON.string(String(decoding: key.dropFirst(prefix.count), as: UTF8.self)).text
        let text = "{\"v\":\"meta.k8s.io/v1\",\"rv\":\(revision),\"start\":\(start)}"
        return Base64.encode(Array(text.utf8), .rawURL)
    }

    /// Reads a client's token, which must not lead out of the listed prefix.
    static func decode(
        _ text: String, below prefix: [UInt8]
    ) throws(APIError) -> ContinueToken {
        func bad(_ why: String) -> APIError { .badRequest("invalid continue token: \(why)") }
        let token: JSON
        do { token = try JSON(parsing: Base64.decode(text, .rawURL)) } catch {
            throw bad("continue key is not valid: \(error)")
        }
        guard token["v"]?.string == "meta.k8s.io/v1" else {
            throw bad(
                "continue key is not valid: server does not recognize this encoded version "
                    + (token["v"]?.string ?? ""))
        }
        guard let revision = token["rv"]?.integer, revision != 0 else {
            throw bad(
                "continue key is not valid: incorrect encoded start resourceVersion "
                    + "(version meta.k8s.io/v1)")
        }
        guard let start = token["start"]?.string, !start.isEmpty else {
            throw bad("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)")
        }
        let relative = start.hasPrefix("/") ? String(start.dropFirst()) : start
        let parts = relative.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw bad("continue key is not valid: \(start)")
        }
        return ContinueToken(revision: revision, key: prefix + Array(relative.utf8))
    }
}
