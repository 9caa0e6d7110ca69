internal import EncryptionModel

extension StoredForm {
    /// How many bytes of a value are looked at.
    static let bytesLookedAt = 768
    /// The longest name of a key or plugin that is taken for one.
    private static let longestName = 256

    /// Tells the form from the first bytes of a value, at least `bytesLookedAt` or all there are.
    ///
    /// kube-apiserver takes whatever begins with `k8s:enc:` for encrypted (value/encrypt/identity
    /// refuses it). Where the rest of the prefix is no good, the form has the part that is.
    init(firstBytesOf value: some Collection<UInt8>) {
        let magic = "k8s:enc:"
        guard value.starts(with: magic.utf8) else {
            self = .plaintext
            return
        }
        var prefix = magic
        var rest = value.dropFirst(magic.utf8.count)
        // Provider, version and name.
        for _ in 0..<3 {
            guard let end = rest.prefix(Self.longestName + 1).firstIndex(of: UInt8(ascii: ":")),
                let part = Self.text(rest[..<end])
            else { break }
            prefix += part + ":"
            rest = rest[rest.index(after: end)...]
        }
        self = .encrypted(prefix: prefix)
    }

    /// Printable text that isn't empty.
    private static func text(_ bytes: some Sequence<UInt8>) -> String? {
        let bytes = Array(bytes)
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
