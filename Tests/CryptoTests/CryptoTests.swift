import Basics
import Crypto
import Testing

@Suite struct CryptoTests {
    @Test(
        "SHA-256 of FIPS 180-4's messages, the published digests",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func sha256(text: String, hex: String) {
        #expect(SHA256.digest(Array(text.utf8)).hex == hex)
        let hash = SHA256()
        for byte in text.utf8 { [byte].withUnsafeBytes { hash.update($0) } }
        #expect(hash.finish().hex == hex)
    }

    @Test(
        "RFC 4648's vectors, encoded and decoded",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        let bytes = SecretBytes(copying: Array(plain.utf8))
        #expect(Base64.encode(bytes).exposedText() == encoded)
        #expect(Base64.decode(encoded) == bytes)
        #expect(Base64.decode(encoded.map { "\($0)\r\n" }.joined()) == bytes)
    }

    @Test(
        "not standard base64, refused",
        arguments: [
            "Zg", "Zg=", "Zg===", "=", "====", "Z===", " Zg==", "Zg== ", "Zm8_", "Zm-v", "Z=g=",
            "\u{0}AAA",
        ])
    func notBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("every length up to 100, there and back")
    func roundTrip() throws {
        for count in 0...100 {
            let bytes = try SecretBytes.random(count: count)
            #expect(bytes.count == count)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test("random bytes and identifiers, never twice the same")
    func random() throws {
        let many = try (0..<1000).map { _ in try SecretBytes.random(count: 16) }
        #expect(Set(many).count == 1000)
        #expect(try randomIdentifier(bytes: 8).utf8.count == 16)
    }
}
