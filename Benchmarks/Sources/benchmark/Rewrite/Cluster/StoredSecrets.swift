internal import Basics
internal import EncryptionModel
internal import Foundation

/// All Secrets as the API tells of them at one moment: what has to be rewritten, or what was.
struct StoredSecrets: Sendable {
    struct Reference: Sendable {
        let namespace: String
        let name: String
        let version: ResourceVersion

        /// Below an API server's address.
        var path: String { "/api/v1/namespaces/\(namespace)/secrets/\(name)" }
    }

    let all: [Reference]
    /// No object that was there is above it, and each that is written later will be.
    let watermark: ResourceVersion

    private struct Page: Decodable {
        struct ListMetadata: Decodable {
            let resourceVersion: String
            let `continue`: String?
        }
        struct Item: Decodable {
            struct Metadata: Decodable {
                let namespace: String
                let name: String
                let resourceVersion: String
            }
            let metadata: Metadata
        }
        let metadata: ListMetadata
        let items: [Item]
    }

    private static let metadataList =
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

    init(listedBy client: ServerClient) async throws {
        var all: [Reference] = []
        var (token, version): (String?, String) = (nil, "")
        repeat {
            let rest = token.map { "&continue=" + $0.percentEncoded } ?? ""
            let bytes = try await client.send(
                "GET", "/api/v1/secrets?limit=2000" + rest, accept: Self.metadataList)
            let page = try JSONDecoder().decode(Page.self, from: Data(bytes))
            for item in page.items {
                all.append(
                    Reference(
                        namespace: item.metadata.namespace, name: item.metadata.name,
                        version: try Self.version(item.metadata.resourceVersion)))
            }
            (token, version) = (page.metadata.continue, page.metadata.resourceVersion)
        } while token.map { !$0.isEmpty } ?? false
        self.all = all
        watermark = try Self.version(version)
    }

    /// How many of these are at or below another moment's watermark: not stored anew since.
    func staleCount(at watermark: ResourceVersion) -> Int {
        all.count { $0.version <= watermark }
    }

    private static func version(_ text: String) throws -> ResourceVersion {
        guard let version = ResourceVersion(text) else {
            throw Fault(.remote, "\(text) is no resourceVersion")
        }
        return version
    }
}

extension String {
    /// As one value of a query.
    fileprivate var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? self
    }
}
