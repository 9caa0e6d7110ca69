import ClusterFiles
import EncryptionModel

/// What cluster.yml says of encryption, without the places.
enum ToldEncryption: Equatable, Sendable {
    case absent, disabled
    case managed(LocalProvider, [String], _ allowsUnencryptedReads: Bool)
    case custom

    init(_ encryption: SecretsEncryption) {
        switch encryption {
        case .absent: self = .absent
        case .disabled: self = .disabled
        case .managed(let provider, let resources, let allowsReads, _):
            self = .managed(provider, resources.map(\.text), allowsReads)
        case .custom: self = .custom
        }
    }
}
