internal import CLabCrypto

/// Proves who a client is from its certificate, by the CA of `--client-ca-file`.
///
/// The TLS handshake takes any certificate, as kube-apiserver's does; one that proves nothing is
/// answered with 401.
final class ClientAuthority: @unchecked Sendable {
    // X509_STORE counts its references atomically and locks itself; it isn't changed after init.
    private let store: OpaquePointer

    /// Reads every certificate of a PEM file; nil when there is none.
    init?(pem: [UInt8]) {
        guard let store = X509_STORE_new() else { return nil }
        self.store = store
        // The BIO reads in place, so the bytes must stay until it is done.
        let count = pem.withUnsafeBytes { Self.add($0, to: store) }
        guard count > 0 else { return nil }
    }

    deinit { X509_STORE_free(store) }

    private static func add(_ pem: UnsafeRawBufferPointer, to store: OpaquePointer) -> Int {
        guard let input = BIO_new_mem_buf(pem.baseAddress, Int32(pem.count)) else { return 0 }
        defer { BIO_free(input) }
        var count = 0
        while let certificate = PEM_read_bio_X509(input, nil, nil, nil) {
            count += X509_STORE_add_cert(store, certificate) == 1 ? 1 : 0
            X509_free(certificate)
        }
        ERR_clear_error()
        return count
    }

    /// Common name and organisations of a certificate that the CA has signed for clients.
    func user(der: [UInt8]) -> User? {
        let certificate = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_X509(nil, &start, buffer.count)
        }
        guard let certificate else { return nil }
        defer { X509_free(certificate) }
        guard let context = X509_STORE_CTX_new() else { return nil }
        defer { X509_STORE_CTX_free(context) }
        guard X509_STORE_CTX_init(context, store, certificate, nil) == 1,
            X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1,
            X509_verify_cert(context) == 1
        else {
            ERR_clear_error()
            return nil
        }
        return Self.subject(certificate)
    }

    private static func subject(_ certificate: OpaquePointer) -> User {
        var name = ""
        var groups: [String] = []
        for index in 0..<clab_subject_count(certificate) {
            var length: Int32 = 0
            guard let text = clab_subject_text(certificate, index, &length) else { continue }
            let bytes = UnsafeBufferPointer(start: text, count: Int(length))
            let value = String(decoding: bytes, as: UTF8.self)
            switch clab_subject_nid(certificate, index) {
            case NID_commonName: name = value
            case NID_organizationName: groups.append(value)
            default: break
            }
        }
        return User(name: name, groups: groups + ["system:authenticated"])
    }
}
