internal import Crypto
internal import EncryptionModel

/// A name of a provider config in a message: not shown where it may be a key in the wrong place.
struct Quotable: CustomStringConvertible {
    let description: String

    init(_ name: String) {
        let lengths = LocalProvider.allCases.flatMap(\.keyLengths)
        let isKey = Base64.decode(name).map { lengths.contains($0.count) } ?? false
        description = isKey ? "(not shown: it could be a key)" : String(name.prefix(64))
    }
}
