public import Basics
internal import CLibCrypto

/// A SHA-256 digest.
public struct SHA256Digest: Sendable, Hashable {
    /// Always 32 of them.
    public let bytes: [UInt8]

    /// Lower-case hexadecimal, as `sha256sum` prints it.
    public var hex: String { bytes.map(Self.hexByte).joined() }

    private static func hexByte(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}

extension SHA256Digest: CustomStringConvertible {
    public var description: String { hex }
}

/// A SHA-256 that is fed piece by piece.
public struct SHA256: ~Copyable {
    private let context: DigestContext

    public init() { context = DigestContext() }

    private init(_ context: DigestContext) { self.context = context }

    /// Another one that was fed the same so far.
    public borrowing func copy() -> SHA256 { SHA256(DigestContext(copying: context)) }

    public func update(_ bytes: UnsafeRawBufferPointer) { context.update(bytes) }

    public consuming func finish() -> SHA256Digest { SHA256Digest(bytes: context.finish()) }

    public static func digest(_ secret: SecretBytes) -> SHA256Digest {
        secret.withUnsafeBytes { digest($0) }
    }

    public static func digest(_ bytes: [UInt8]) -> SHA256Digest {
        bytes.withUnsafeBytes { digest($0) }
    }

    /// Of a whole file, read in pieces, which blocks.
    public static func digest(of file: SeekableFile) throws -> SHA256Digest {
        let hash = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = try file.read(at: offset, into: buffer)
            guard count > 0 else { return hash.finish() }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += count
        }
    }

    private static func digest(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        let hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }
}

/// Owns one `EVP_MD_CTX`. libcrypto fails here only without memory, where nothing can go on.
private final class DigestContext {
    private let context: OpaquePointer

    init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else { preconditionFailure("libcrypto has no memory or no SHA-256") }
        self.context = context
    }

    init(copying other: DigestContext) {
        guard let context = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(context, other.context) == 1
        else { preconditionFailure("libcrypto has no memory") }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: UnsafeRawBufferPointer) {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
            preconditionFailure("libcrypto could not hash")
        }
    }

    func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else {
            preconditionFailure("libcrypto could not finish a hash")
        }
        return digest
    }
}
