import Basics
import Crypto
import Testing

/// Sources: D. J. Bernstein, "Cryptography in NaCl", sections 8 to 10 (`firstkey`, `nonce`, `m`);
/// for the other lengths libsodium 1.0.18 with the same key and nonce.
@Suite struct SecretBoxTests {
    private static let key = secret(
        "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
    private static let nonce = bytes("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37")
    private static let published =
        nonce
        + bytes(
            """
            f3ffc7703f9400e52a7dfb4b3d3305d9
            8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a
            c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738
            b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da
            99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74
            e355a5
            """)
    private static let plaintext = bytes(
        """
        be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc
        e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31
        0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde
        048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864
        5e0705
        """)
    private static let short = nonce + bytes("ca7328d4d4e4d11c6f15949ad66594b830")

    private func open(_ sealed: [UInt8], key: SecretBytes = key) -> SecretBytes? {
        sealed.withUnsafeBytes { SecretBox.open($0, key: key) }
    }

    @Test("NaCl's own vector, opened")
    func naclVector() {
        #expect(open(Self.published)?.exposedBytes() == Self.plaintext)
    }

    /// The first block of the key stream has 32 bytes for the text.
    @Test(
        "the bytes 0, 1, 2... to either side of a block's end, opened",
        arguments: [
            (0, "2539121d8e234e652d651fa4c8cff880"),
            (1, "ca7328d4d4e4d11c6f15949ad66594b830"),
            (
                32,
                """
                8dd1bed1bf60b40867b6cf9460faa81c
                309f665970ece6a1058b49a7d51a74ba0a0af99e4e3a4b671410264549984989
                """
            ),
            (
                33,
                """
                4f20714b3df9da14bfff50ee03404380
                309f665970ece6a1058b49a7d51a74ba0a0af99e4e3a4b67141026454998498905
                """
            ),
        ])
    func blocks(length: Int, sealed: String) {
        #expect(open(Self.nonce + bytes(sealed))?.exposedBytes() == (0..<length).map(UInt8.init))
    }

    @Test("a value cut off anywhere, nil")
    func truncated() {
        for length in 0..<Self.published.count {
            #expect(open(Array(Self.published[..<length])) == nil)
        }
    }

    @Test("any one bit flipped, nil")
    func flipped() {
        for sealed in withOneBitFlipped(Self.short) { #expect(open(sealed) == nil) }
    }

    @Test("another key, or one of a wrong length, nil")
    func wrongKey() {
        for key in withOneBitFlipped(Self.key.exposedBytes()) {
            #expect(open(Self.short, key: SecretBytes(copying: key)) == nil)
        }
        for length in [0, 1, 16, 24, 31] {
            #expect(open(Self.short, key: Self.key.prefix(length)) == nil)
        }
        #expect(open(Self.short, key: Self.key + SecretBytes(copying: [0])) == nil)
    }

    @Test("a slice from the midst of a buffer, opened where it lies")
    func slice() {
        let opened = ([0xFF] + Self.published + [0xFF]).withUnsafeBytes {
            SecretBox.open(
                UnsafeRawBufferPointer(rebasing: $0.dropFirst().dropLast()), key: Self.key)
        }
        #expect(opened?.exposedBytes() == Self.plaintext)
    }

    @Test("a value of 2 GiB or more, nil")
    func tooLarge() {
        for count in [Int(Int32.max) + 1, Int.max] {
            #expect(resultOfClaimed(count: count) { SecretBox.open($0, key: Self.key) } == nil)
        }
    }
}
