import Basics
import Crypto
import Testing

/// Sources: NIST SP 800-38A, F.2, whose messages get a block of padding here.
@Suite struct AESCBCTests {
    private static let vector = "000102030405060708090a0b0c0d0e0f"
    private static let plaintext = """
        6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51
        30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710
        """
    private static let longKey = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
    private static let vectors = [
        (
            "2b7e151628aed2a6abf7158809cf4f3c",
            """
            7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2
            73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7
            """, "8cb82807230e1321d3fae00d18cc2012"
        ),
        (
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            """
            4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a
            571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd
            """, "612ccd79224b350935d45dd6a98f8176"
        ),
        (
            longKey,
            """
            f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d
            39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b
            """, "3f461796d6b0d6b2e0c2a72b4d80e644"
        ),
    ]

    private func open(_ sealed: [UInt8], key: String = longKey) -> SecretBytes? {
        sealed.withUnsafeBytes { AESCBC.open($0, key: secret(key)) }
    }

    @Test("NIST's vectors with padding, opened", arguments: vectors)
    func published(key: String, blocks: String, padding: String) {
        let sealed = bytes(Self.vector + blocks + padding)
        #expect(open(sealed, key: key)?.exposedBytes() == bytes(Self.plaintext))
    }

    @Test("a value cut off anywhere, nil", arguments: vectors)
    func truncated(key: String, blocks: String, padding: String) {
        // NIST's last byte is 10, so that only a look at all the padding tells that it isn't any.
        let sealed = bytes(Self.vector + blocks + padding)
        for length in 0..<sealed.count { #expect(open(Array(sealed[..<length]), key: key) == nil) }
    }

    @Test("a slice from the midst of a buffer, opened where it lies")
    func slice() {
        let (key, blocks, padding) = Self.vectors[0]
        let sealed = bytes(Self.vector + blocks + padding)
        let opened = ([0xFF, 0xFF, 0xFF] + sealed + [0xFF]).withUnsafeBytes {
            AESCBC.open(UnsafeRawBufferPointer(rebasing: $0[3..<99]), key: secret(key))
        }
        #expect(opened?.exposedBytes() == bytes(Self.plaintext))
    }

    @Test("another key, or one of a wrong length, nil")
    func wrongKey() {
        let sealed = bytes(Self.vector + Self.vectors[2].1 + Self.vectors[2].2)
        #expect(open(sealed, key: Self.vectors[0].0) == nil)
        #expect(open(sealed, key: String(repeating: "00", count: 32)) == nil)
        for length in [0, 1, 15, 17, 31, 33, 64] {
            #expect(open(sealed, key: String(repeating: "00", count: length)) == nil)
        }
    }

    /// NIST's first block with an initialization vector by which it decrypts to `block`.
    private func sealed(as block: [UInt8]) -> [UInt8] {
        let vector = bytes(Self.vector)
        let plaintext = bytes(Self.plaintext)
        return (0..<16).map { vector[$0] ^ plaintext[$0] ^ block[$0] }
            + bytes(Self.vectors[2].1).prefix(16)
    }

    @Test("a block with each right padding, opened", arguments: 1...16)
    func padded(padding: Int) {
        let text = [UInt8](repeating: 0xAB, count: 16 - padding)
        let block = text + [UInt8](repeating: UInt8(padding), count: padding)
        #expect(open(sealed(as: block))?.exposedBytes() == text)
    }

    @Test("a block with one wrong byte of padding, nil", arguments: 2...16)
    func spoiltPadding(padding: Int) {
        for wrong in (16 - padding)..<15 {
            var block = [UInt8](repeating: UInt8(padding), count: 16)
            block[wrong] ^= 0x80
            #expect(open(sealed(as: block)) == nil)
        }
    }

    @Test("a block with no padding or more than fits, nil", arguments: [0, 17, 32, 128, 255])
    func impossiblePadding(padding: UInt8) {
        #expect(open(sealed(as: [UInt8](repeating: padding, count: 16))) == nil)
    }

    @Test("padding of more than a block, as kube-apiserver takes it")
    func longPadding() {
        // 32 times 20; "fifteen bytes ." and 17 times 11; 32 times 21 (all hexadecimal).
        let all = "1a607c95e3456bf4ab9e64bf5caf30d2384d1d43aab235bf690eb42842414cda"
        let some = "3628dc1de395f5cf60c09107cf1e649022a85568dd9f2b7a55b697144baed9ff"
        let tooMany = "e9978678bd41fdc42973548948bb1db4db25c37c134db55615736660b639fc0d"
        #expect(open(bytes(Self.vector + all))?.isEmpty == true)
        #expect(open(bytes(Self.vector + some))?.exposedText() == "fifteen bytes .")
        #expect(open(bytes(Self.vector + tooMany)) == nil)
    }

    @Test("a value larger than libcrypto can count, nil")
    func tooLarge() {
        let blocks = (Int(Int32.max) + 1) / 16
        for count in [blocks * 16, Int.max - 15] {
            #expect(
                resultOfClaimed(count: count) { AESCBC.open($0, key: secret(Self.longKey)) } == nil)
        }
    }
}
