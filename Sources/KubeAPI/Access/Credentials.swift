internal import Basics
internal import Synchronization

/// Where the bearer token of a server's requests comes from.
final class Credentials: Sendable {
    /// As client-go: a token in a file is renewed by whoever wrote it, and read again this often
    /// (`k8s.io/client-go/transport/token_source.go`).
    private static let lifetime = Duration.seconds(60)

    private struct Read {
        let token: String
        let at: ContinuousClock.Instant
    }

    private let source: APIAccess.Token?
    private let last = Mutex<Read?>(nil)

    init(_ source: APIAccess.Token?) { self.source = source }

    /// Nil where the server knows us by our certificate.
    func token() throws -> String? {
        switch source {
        case nil: nil
        case .fixed(let secret): try Self.headerText(secret, origin: "the kubeconfig")
        case .file(let path):
            try last.withLock { last in
                if let last, last.at.duration(to: .now) < Self.lifetime { return last.token }
                let token = try Self.headerText(Self.contents(of: path), origin: path)
                last = Read(token: token, at: .now)
                return token
            }
        }
    }

    private static func contents(of path: String) throws -> SecretBytes {
        do {
            return try CredentialFile.read(path)
        } catch {
            throw Fault(
                .badInput,
                "the file with the bearer token, \(path), can't be read: \(Fault(error).message)",
                hint: "the kubeconfig names it as tokenFile")
        }
    }

    /// A token is one line of printable ASCII; anything else could smuggle in a header.
    ///
    /// Done for every request, so without Foundation, whose trimming took longer than all else that
    /// is done for one.
    private static func headerText(_ secret: SecretBytes, origin: String) throws -> String {
        let text = secret.exposedText() ?? ""
        let words = text.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard words.count == 1, let token = words.first,
            token.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Fault(
                .badInput, "the bearer token in \(origin) is empty or not one line of ASCII")
        }
        return String(Substring(token))
    }
}
