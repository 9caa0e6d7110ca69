internal import Glibc

/// Bytes that must not leak: keys, private keys, tokens, files that hold them.
///
/// Copies of the value share one buffer, which is overwritten when the last of them goes.
/// Printing, interpolating and reflecting show the length only; there is no `Codable`.
public struct SecretBytes: Sendable {
    private let storage: WipedStorage

    /// Copies `bytes`; the caller's own copy is the caller's to wipe.
    public init(copying bytes: some Collection<UInt8>) {
        storage = WipedStorage(count: bytes.count)
        _ = storage.buffer.initialize(from: bytes)
    }

    /// Makes room for `count` bytes and lets `body` fill them in place.
    public init(
        count: Int, initializingWith body: (UnsafeMutableRawBufferPointer) throws -> Void
    ) rethrows {
        storage = WipedStorage(count: count)
        try body(UnsafeMutableRawBufferPointer(storage.buffer))
    }

    public var count: Int { storage.buffer.count }
    public var isEmpty: Bool { storage.buffer.isEmpty }

    /// Lends the bytes for the time of `body`; the pointer must not outlive it.
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeRawBufferPointer(storage.buffer))
    }

    /// The bytes in an ordinary array. Nothing wipes it: for interfaces that take nothing else.
    public func exposedBytes() -> [UInt8] { withUnsafeBytes { Array($0) } }

    /// The bytes as text, where they are UTF-8. Nothing wipes it: see `exposedBytes()`.
    public func exposedText() -> String? {
        withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    }

    /// The first `count` bytes, or all where there are fewer.
    public func prefix(_ count: Int) -> SecretBytes {
        withUnsafeBytes { SecretBytes(copying: $0.prefix(count)) }
    }

    /// These bytes and then the others.
    public static func + (left: SecretBytes, right: SecretBytes) -> SecretBytes {
        SecretBytes(count: left.count + right.count) { target in
            left.withUnsafeBytes { target.copyBytes(from: $0) }
            right.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: target[left.count...]).copyBytes(from: $0)
            }
        }
    }
}

extension SecretBytes: Hashable {
    /// Compares in a time that depends on the lengths only.
    public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        left.withUnsafeBytes { a in
            right.withUnsafeBytes { b in
                guard a.count == b.count else { return false }
                var difference: UInt8 = 0
                for index in a.indices { difference |= a[index] ^ b[index] }
                return difference == 0
            }
        }
    }

    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "«\(count) secret bytes»" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The one owner of the memory of a `SecretBytes`. Written only before it is shared.
private final class WipedStorage: @unchecked Sendable {
    let buffer: UnsafeMutableBufferPointer<UInt8>

    init(count: Int) {
        buffer = .allocate(capacity: count)
        buffer.initialize(repeating: 0)
    }

    deinit {
        if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
        buffer.deallocate()
    }
}
