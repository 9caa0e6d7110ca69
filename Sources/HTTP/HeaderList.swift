internal import Basics
internal import CLibCurl

/// Request headers in libcurl's form, which it doesn't copy.
final class HeaderList {
    let head: UnsafeMutablePointer<curl_slist>?
    private let headers: [(name: String, value: String)]
    private let hasBody: Bool

    /// - Parameter hasBody: whether the request has a body, so that libcurl's own wishes for one
    ///   (a content type of forms, `Expect`) have to be silenced.
    /// - Throws: a `Fault` where a name or a value could be taken for more than one header.
    init(_ headers: [(name: String, value: String)], hasBody: Bool) throws {
        var lines = try headers.map(Self.line)
        if hasBody {
            lines.append("Expect:")
            if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                lines.append("Content-Type:")
            }
        }
        var head: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(head, line) else {
                curl_slist_free_all(head)
                throw Fault(.failed, "no memory for a request's headers")
            }
            head = longer
        }
        self.head = head
        self.headers = headers
        self.hasBody = hasBody
    }

    deinit { curl_slist_free_all(head) }

    func stands(for others: [(name: String, value: String)], hasBody: Bool) -> Bool {
        self.hasBody == hasBody && headers.elementsEqual(others) { $0 == $1 }
    }

    private static func line(name: String, value: String) throws -> String {
        let isToken = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
        guard isToken, value.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
            throw Fault(.failed, "the request header \(name.debugDescription) is malformed")
        }
        // libcurl sends a header without a value only when it is written with a semicolon.
        return value.isEmpty ? "\(name);" : "\(name): \(value)"
    }
}
