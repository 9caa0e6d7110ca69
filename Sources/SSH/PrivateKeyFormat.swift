internal import Basics
internal import Foundation

/// What can be told of a private key file without its passphrase.
enum PrivateKeyFormat: Hashable {
    /// A private key of an algorithm, named as in SSH; nil where the format hides it.
    case privateKey(algorithm: String?, isEncrypted: Bool)
    case unreadable(String)

    /// Files longer than this aren't keys; OpenSSH's own limit.
    private static let sizeLimit = 1 << 20

    init(_ contents: SecretBytes) {
        guard contents.count <= Self.sizeLimit else {
            self = .unreadable("it is too large for a private key")
            return
        }
        self = contents.withUnsafeBytes { Self.read(String(decoding: $0, as: UTF8.self)) }
    }

    private static func read(_ text: String) -> PrivateKeyFormat {
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            String(line).trimmed(to: 1 << 20)
        }
        guard let header = lines.first(where: { $0.hasPrefix("-----BEGIN ") }) else {
            return .unreadable(reasonWithoutHeader(lines.first ?? ""))
        }
        switch header {
        case "-----BEGIN OPENSSH PRIVATE KEY-----": return openSSH(lines)
        case "-----BEGIN RSA PRIVATE KEY-----":
            return .privateKey(algorithm: "ssh-rsa", isEncrypted: hasEncryptedHeader(lines))
        case "-----BEGIN EC PRIVATE KEY-----":
            return .privateKey(algorithm: "ecdsa", isEncrypted: hasEncryptedHeader(lines))
        case "-----BEGIN DSA PRIVATE KEY-----":
            return .unreadable("it is a DSA key, which no server accepts any more")
        case "-----BEGIN PRIVATE KEY-----": return .privateKey(algorithm: nil, isEncrypted: false)
        case "-----BEGIN ENCRYPTED PRIVATE KEY-----":
            return .privateKey(algorithm: nil, isEncrypted: true)
        default:
            return .unreadable("it holds something else: \(header.trimmed(to: 60))")
        }
    }

    private static func reasonWithoutHeader(_ first: String) -> String {
        if first.hasPrefix("PuTTY-User-Key-File") {
            return "it is in PuTTY's format; convert it: "
                + "`puttygen KEY.ppk -O private-openssh -o KEY`"
        }
        if first.hasPrefix("---- BEGIN SSH2") {
            return "it is in the format of RFC 4716; convert it: `ssh-keygen -i -f KEY`"
        }
        if first.hasPrefix("ssh-") || first.hasPrefix("ecdsa-") {
            return "it is the public half; the private key is in the file without .pub"
        }
        return first.isEmpty ? "it is empty" : "it isn't a private key"
    }

    private static func hasEncryptedHeader(_ lines: [String]) -> Bool {
        lines.contains { $0.hasPrefix("Proc-Type:") && $0.contains("ENCRYPTED") }
    }

    /// OpenSSH's PROTOCOL.key: magic, cipher, KDF, its options, number of keys, public key.
    private static func openSSH(_ lines: [String]) -> PrivateKeyFormat {
        let body = lines.filter { !$0.hasPrefix("-----") }.joined()
        let magic = Array("openssh-key-v1".utf8) + [0]
        guard let data = Data(base64Encoded: body), data.starts(with: magic) else {
            return .unreadable("it is damaged")
        }
        var reader = WireReader(Array(data.dropFirst(magic.count)))
        guard let cipher = reader.text(), reader.string() != nil, reader.string() != nil,
            reader.number() != nil, let publicKey = reader.string()
        else { return .unreadable("it is damaged") }
        var keyReader = WireReader(publicKey)
        let algorithm = keyReader.text()
        if algorithm?.hasPrefix("sk-") == true {
            return .unreadable("it needs a hardware token, which libssh2 1.10 can't use")
        }
        return .privateKey(algorithm: algorithm, isEncrypted: cipher != "none")
    }
}
