internal import Basics
internal import Crypto
internal import EncryptionModel

/// The known keys, tried on stored values. A stored value names its key, but by name only: only
/// opening it tells which key of that name it is.
struct KeyRing {
    private let keys: [StoredForm: [LocalKey]]

    init(_ keys: [LocalKey]) {
        self.keys = Dictionary(grouping: keys) { ProviderEntry.key($0).storedForm }
            .mapValues { $0.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
    }

    /// - Parameters:
    ///   - value: as etcd has it, the prefix included.
    ///   - etcdKey: which the provider aesgcm authenticates (`value.DefaultContext`,
    ///     apiserver/pkg/storage/etcd3/store.go).
    /// - Returns: the key that opens it and what it then says; nil where none does.
    func open(
        _ value: UnsafeRawBufferPointer, in form: StoredForm, at etcdKey: UnsafeRawBufferPointer
    ) -> (key: LocalKey, plaintext: SecretBytes)? {
        guard let candidates = keys[form], case .encrypted(let prefix) = form else { return nil }
        let sealed = UnsafeRawBufferPointer(rebasing: value.dropFirst(prefix.utf8.count))
        for key in candidates {
            if let plaintext = Self.open(sealed, with: key, at: etcdKey),
                Self.isObject(plaintext)
            {
                return (key, plaintext)
            }
        }
        return nil
    }

    private static func open(
        _ sealed: UnsafeRawBufferPointer, with key: LocalKey, at etcdKey: UnsafeRawBufferPointer
    ) -> SecretBytes? {
        switch key.provider {
        case .aescbc: AESCBC.open(sealed, key: key.secret)
        case .aesgcm: AESGCM.open(sealed, key: key.secret, authenticating: Array(etcdKey))
        case .secretbox: SecretBox.open(sealed, key: key.secret)
        }
    }

    /// What the wrong key makes of a value of aescbc, which isn't authenticated, passes for padded
    /// one time in 256. But objects begin in one of three ways: as protobuf
    /// (apimachinery/pkg/runtime/serializer/protobuf), JSON or CBOR.
    private static func isObject(_ plaintext: SecretBytes) -> Bool {
        plaintext.withUnsafeBytes { bytes in
            bytes.starts(with: "k8s\0".utf8) || bytes.starts(with: "{\"".utf8)
                || bytes.starts(with: [0xD9, 0xD9, 0xF7])
        }
    }
}
