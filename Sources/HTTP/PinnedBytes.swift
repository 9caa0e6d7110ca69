internal import Basics

/// Bytes that stay where they are, for C code that keeps their address; wiped when they go.
///
/// `@unchecked` because nothing changes the buffer between `init` and `deinit`.
final class PinnedBytes: @unchecked Sendable {
    let buffer: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8]) {
        buffer = .allocate(byteCount: bytes.count, alignment: 1)
        buffer.copyBytes(from: bytes)
    }

    init(_ secret: SecretBytes) {
        buffer = .allocate(byteCount: secret.count, alignment: 1)
        secret.withUnsafeBytes { buffer.copyMemory(from: $0) }
    }

    deinit {
        buffer.wipe()
        buffer.deallocate()
    }
}
