internal import CLibSSH2

/// The hashed names of `HashKnownHosts yes`: HMAC-SHA1 of the name, which libssh2 computes.
enum HashedHost {
    private static let anyKey = "AAAA"

    /// - Parameter field: `|1|salt|hash`, both in base64.
    static func matches(_ field: String, _ name: String) -> Bool {
        let parts = field.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[1] == "1", let list = List() else { return false }
        return list.add(salt: String(parts[2]), hash: String(parts[3])) && list.contains(name)
    }

    /// Owns one `LIBSSH2_KNOWNHOSTS`, and the session that libssh2 wants for its memory.
    private final class List {
        private let session: OpaquePointer
        private let handle: OpaquePointer

        init?() {
            guard Library.isReady, let session = libssh2_session_init_ex(nil, nil, nil, nil)
            else { return nil }
            guard let handle = libssh2_knownhost_init(session) else {
                libssh2_session_free(session)
                return nil
            }
            self.session = session
            self.handle = handle
        }

        deinit {
            libssh2_knownhost_free(handle)
            libssh2_session_free(session)
        }

        func add(salt: String, hash: String) -> Bool {
            let type =
                LIBSSH2_KNOWNHOST_TYPE_SHA1 | LIBSSH2_KNOWNHOST_KEYENC_BASE64
                | LIBSSH2_KNOWNHOST_KEY_ED25519
            return libssh2_knownhost_addc(
                handle, hash, salt, anyKey, anyKey.utf8.count, nil, 0, type, nil) == 0
        }

        func contains(_ name: String) -> Bool {
            let type =
                LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64
                | LIBSSH2_KNOWNHOST_KEY_ED25519
            return libssh2_knownhost_check(handle, name, anyKey, anyKey.utf8.count, type, nil)
                == LIBSSH2_KNOWNHOST_CHECK_MATCH
        }
    }
}
