import Basics
import Crypto
import Testing

/// Source: McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, those test cases
/// whose nonce has 12 bytes.
@Suite struct AESGCMTests {
    enum Message: Sendable { case empty, zeros, text, shorterTextAndAdditional }

    struct Vector: Sendable {
        let message: Message
        let keyLength: Int
        /// Ciphertext and tag.
        let result: String

        var hasZerosOnly: Bool { message == .empty || message == .zeros }
        var key: SecretBytes {
            let half = hasZerosOnly ? zeros(16) : bytes("feffe9928665731c6d6a8f9467308308")
            return SecretBytes(copying: (half + half).prefix(keyLength))
        }
        var sealed: [UInt8] {
            (hasZerosOnly ? zeros(12) : bytes("cafebabefacedbaddecaf888")) + bytes(result)
        }
        var additional: [UInt8] {
            message == .shorterTextAndAdditional
                ? bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2") : []
        }
        var plaintext: [UInt8] {
            switch message {
            case .empty: []
            case .zeros: zeros(16)
            case .text: AESGCMTests.plaintext
            case .shorterTextAndAdditional: AESGCMTests.plaintext.dropLast(4)
            }
        }

        private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
    }

    private static let plaintext = bytes(
        """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255
        """)
    private static let text128 = """
        42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e
        21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091
        """
    private static let text192 = """
        3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c
        7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710
        """
    private static let text256 = """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
        8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
        """
    private static let vectors: [Vector] = [
        (.empty, 16, "58e2fccefa7e3061367f1d57a4e7455a"),
        (.zeros, 16, "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"),
        (.text, 16, text128 + "473f59854d5c2af327cd64a62cf35abd2ba6fab4"),
        (.shorterTextAndAdditional, 16, text128 + "5bc94fbc3221a5db94fae95ae7121a47"),
        (.empty, 24, "cd33b28ac773f74ba00ed1f312572435"),
        (.zeros, 24, "98e7247c07f0fe411c267e4384b0f6002ff58d80033927ab8ef4d4587514f0fb"),
        (.text, 24, text192 + "acade2569924a7c8587336bfb118024db8674a14"),
        (.shorterTextAndAdditional, 24, text192 + "2519498e80f1478f37ba55bd6d27618c"),
        (.empty, 32, "530f8afbc74536b9a963b4f1c4cb738b"),
        (.zeros, 32, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
        (.text, 32, text256 + "898015adb094dac5d93471bdec1a502270e3cc6c"),
        (.shorterTextAndAdditional, 32, text256 + "76fc6ece0f4e1768cddf8853bb2d551b"),
    ].map(Vector.init)
    /// The one that has everything, under the longest key.
    private static let whole = Vector(
        message: .shorterTextAndAdditional, keyLength: 32,
        result: text256 + "76fc6ece0f4e1768cddf8853bb2d551b")

    private func open(
        _ sealed: [UInt8], key: SecretBytes = whole.key, additional: [UInt8] = whole.additional
    ) -> SecretBytes? {
        sealed.withUnsafeBytes { AESGCM.open($0, key: key, authenticating: additional) }
    }

    @Test("the published vectors, opened", arguments: vectors)
    func published(vector: Vector) {
        let opened = open(vector.sealed, key: vector.key, additional: vector.additional)
        #expect(opened?.exposedBytes() == vector.plaintext)
    }

    @Test("a value cut off anywhere, nil", arguments: vectors)
    func truncated(vector: Vector) {
        for length in 0..<vector.sealed.count {
            let cut = Array(vector.sealed[..<length])
            #expect(open(cut, key: vector.key, additional: vector.additional) == nil)
        }
    }

    @Test("any one bit flipped in the value or in what is authenticated with it, nil")
    func flipped() {
        for sealed in withOneBitFlipped(Self.whole.sealed) { #expect(open(sealed) == nil) }
        for additional in withOneBitFlipped(Self.whole.additional) {
            #expect(open(Self.whole.sealed, additional: additional) == nil)
        }
        #expect(open(Self.whole.sealed, additional: []) == nil)
    }

    @Test("another key, or one of a wrong length, nil")
    func wrongKey() {
        for key in withOneBitFlipped(Self.whole.key.exposedBytes()) {
            #expect(open(Self.whole.sealed, key: SecretBytes(copying: key)) == nil)
        }
        for length in [0, 1, 15, 16, 17, 24, 31] {
            #expect(open(Self.whole.sealed, key: Self.whole.key.prefix(length)) == nil)
        }
        #expect(open(Self.whole.sealed, key: Self.whole.key + Self.whole.key) == nil)
    }

    @Test("a slice from the midst of a buffer, opened where it lies")
    func slice() {
        let opened = ([0xFF] + Self.whole.sealed + [0xFF]).withUnsafeBytes {
            AESGCM.open(
                UnsafeRawBufferPointer(rebasing: $0.dropFirst().dropLast()), key: Self.whole.key,
                authenticating: Self.whole.additional)
        }
        #expect(opened?.exposedBytes() == Self.whole.plaintext)
    }

    @Test("a value larger than libcrypto can count, nil")
    func tooLarge() {
        for count in [Int(Int32.max) + 1, Int.max] {
            let opened = resultOfClaimed(count: count) {
                AESGCM.open($0, key: Self.whole.key, authenticating: [])
            }
            #expect(opened == nil)
        }
    }

    @Test("sealed with a key of each length, opened with the same only", arguments: [16, 24, 32])
    func roundTrip(keyLength: Int) throws {
        let key = try SecretBytes.random(count: keyLength)
        for count in [0, 1, 15, 16, 17, 1000] {
            let plaintext = try SecretBytes.random(count: count)
            let sealed = try AESGCM.seal(plaintext, key: key, authenticating: [1, 2])
            #expect(sealed.count == 12 + count + 16)
            #expect(open(sealed, key: key, additional: [1, 2]) == plaintext)
            #expect(open(sealed, key: key, additional: [1]) == nil)
            #expect(open(sealed, key: try .random(count: keyLength), additional: [1, 2]) == nil)
        }
    }

    @Test("the same sealed again, another nonce")
    func nonces() throws {
        let sealed = try (0..<1000).map { _ in
            try AESGCM.seal(Self.whole.key, key: Self.whole.key, authenticating: [])
        }
        #expect(Set(sealed.map { $0.prefix(12) }).count == 1000)
    }

    @Test("to be sealed with a key of a wrong length, refused", arguments: [0, 1, 15, 31, 33])
    func sealWithWrongKey(length: Int) throws {
        let key = try SecretBytes.random(count: length)
        #expect(throws: Fault.self) { try AESGCM.seal(key, key: key, authenticating: []) }
    }
}
