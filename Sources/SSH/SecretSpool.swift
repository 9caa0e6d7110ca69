internal import Basics
internal import Glibc

/// Collects bytes of unknown number that may be secret, leaving no copy behind.
final class SecretSpool {
    private static let blockSize = 64 << 10

    private let block: UnsafeMutableRawBufferPointer
    private var used = 0
    private var full: [SecretBytes] = []

    init() {
        block = .allocate(byteCount: Self.blockSize, alignment: 16)
    }

    deinit {
        if let start = block.baseAddress { explicit_bzero(start, block.count) }
        block.deallocate()
    }

    var count: Int { full.count * Self.blockSize + used }

    /// Where the next bytes go; never empty.
    var room: UnsafeMutableRawBufferPointer { .init(rebasing: block[used...]) }

    /// Tells that the first `count` bytes of `room` have been filled.
    func filled(_ count: Int) {
        used += count
        guard used == block.count else { return }
        full.append(SecretBytes(count: used) { $0.copyMemory(from: UnsafeRawBufferPointer(block)) })
        used = 0
    }

    /// Forgets what is in the block that isn't full yet.
    func discardUnfilled() { used = 0 }

    func contents() -> SecretBytes {
        SecretBytes(count: count) { target in
            var rest = target
            for part in full {
                part.withUnsafeBytes { rest.copyMemory(from: $0) }
                rest = .init(rebasing: rest[part.count...])
            }
            rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[..<used]))
        }
    }

    /// The contents as text, for messages.
    func text() -> String {
        contents().withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
