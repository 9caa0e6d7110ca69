internal import Basics
internal import CLibCrypto

/// The stream cipher XSalsa20, which libcrypto lacks. Owns what it computes in, and wipes it.
///
/// Sources: D. J. Bernstein, "Salsa20 specification" (2005), for the rounds and the order of the
/// words; "Extending the Salsa20 nonce" (2011), section 2, for HSalsa20 and XSalsa20.
final class XSalsa20 {
    static let keyLength = 32
    static let nonceLength = 24
    private static let blockLength = 64
    private static let wordCount = 16

    /// What is hashed for each block of the key stream: constants, key, nonce and block number.
    private let input: UnsafeMutablePointer<UInt32>
    /// The rounds' own copy of it, and after them the block.
    private let work: UnsafeMutablePointer<UInt32>

    /// - Returns: nil where a length is wrong.
    init?(key: SecretBytes, nonce: UnsafeRawBufferPointer) {
        guard key.count == Self.keyLength, nonce.count == Self.nonceLength else { return nil }
        input = .allocate(capacity: Self.wordCount)
        work = .allocate(capacity: Self.wordCount)
        input.initialize(repeating: 0, count: Self.wordCount)
        work.initialize(repeating: 0, count: Self.wordCount)
        key.withUnsafeBytes(place(key:))
        for word in 0..<4 { input[6 + word] = Self.word(word, of: nonce) }
        hashToSubkey().withUnsafeBytes(place(key:))
        for word in 0..<2 { input[6 + word] = Self.word(4 + word, of: nonce) }
    }

    deinit {
        for words in [input, work] {
            OPENSSL_cleanse(words, Self.blockLength)
            words.deallocate()
        }
    }

    /// `text` XOR the key stream from its byte `offset` on: encrypts and decrypts alike.
    func translate(_ text: UnsafeRawBufferPointer, from offset: Int) -> SecretBytes {
        SecretBytes(count: text.count) { target in
            var done = 0
            while done < text.count {
                let (block, start) = (offset + done).quotientAndRemainder(
                    dividingBy: Self.blockLength)
                compute(block: UInt64(block))
                let key = UnsafeRawBufferPointer(start: work, count: Self.blockLength)
                let length = min(Self.blockLength - start, text.count - done)
                for index in 0..<length {
                    target[done + index] = text[done + index] ^ key[start + index]
                }
                done += length
            }
        }
    }

    /// Sets the constants "expand 32-byte k" and the key between them.
    private func place(key: UnsafeRawBufferPointer) {
        input[0] = 0x6170_7865
        input[5] = 0x3320_646e
        input[10] = 0x7962_2d32
        input[15] = 0x6b20_6574
        for word in 0..<4 {
            input[1 + word] = Self.word(word, of: key)
            input[11 + word] = Self.word(4 + word, of: key)
        }
    }

    /// HSalsa20: the rounds without the sum that ends Salsa20, and of the result the words where
    /// constants and nonce were.
    private func hashToSubkey() -> SecretBytes {
        computeRounds()
        return SecretBytes(count: Self.keyLength) { target in
            for (index, word) in [0, 5, 10, 15, 6, 7, 8, 9].enumerated() {
                target.storeBytes(
                    of: work[word].littleEndian, toByteOffset: 4 * index, as: UInt32.self)
            }
        }
    }

    /// Leaves one block of the key stream in `work`, its bytes in order.
    private func compute(block number: UInt64) {
        input[8] = UInt32(truncatingIfNeeded: number)
        input[9] = UInt32(truncatingIfNeeded: number >> 32)
        computeRounds()
        for word in 0..<Self.wordCount { work[word] = (work[word] &+ input[word]).littleEndian }
    }

    private func computeRounds() {
        let x = work
        x.update(from: input, count: Self.wordCount)
        for _ in 0..<10 {
            Self.quarterRound(x, 0, 4, 8, 12)
            Self.quarterRound(x, 5, 9, 13, 1)
            Self.quarterRound(x, 10, 14, 2, 6)
            Self.quarterRound(x, 15, 3, 7, 11)

            Self.quarterRound(x, 0, 1, 2, 3)
            Self.quarterRound(x, 5, 6, 7, 4)
            Self.quarterRound(x, 10, 11, 8, 9)
            Self.quarterRound(x, 15, 12, 13, 14)
        }
    }

    /// Inlined, so that the indices are constants: this is where all the time goes.
    @inline(__always)
    private static func quarterRound(
        _ x: UnsafeMutablePointer<UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int
    ) {
        x[b] ^= rotateLeft(x[a] &+ x[d], by: 7)
        x[c] ^= rotateLeft(x[b] &+ x[a], by: 9)
        x[d] ^= rotateLeft(x[c] &+ x[b], by: 13)
        x[a] ^= rotateLeft(x[d] &+ x[c], by: 18)
    }

    @inline(__always)
    private static func rotateLeft(_ word: UInt32, by count: UInt32) -> UInt32 {
        word &<< count | word &>> (32 &- count)
    }

    private static func word(_ index: Int, of bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
    }
}
