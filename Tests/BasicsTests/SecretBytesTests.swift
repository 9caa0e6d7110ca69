import Basics
import Testing

@Suite struct SecretBytesTests {
    private let secret = SecretBytes(copying: Array("correct horse".utf8))

    @Test("printed, interpolated, dumped or reflected, only the length shows")
    func redaction() {
        var dumped = ""
        dump(secret, to: &dumped)
        for text in [
            "\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(secret as Any)",
        ] {
            #expect(!text.contains("horse") && text.contains("13 secret bytes"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("the same bytes, equal with the same hash; others, not equal")
    func equality() {
        let same = SecretBytes(copying: Array("correct horse".utf8))
        #expect(same == secret && same.hashValue == secret.hashValue)
        #expect(secret != SecretBytes(copying: Array("correct horsf".utf8)))
        #expect(secret != SecretBytes(copying: Array("correct hors".utf8)))
    }

    @Test("joined and empty, the bytes are those of both")
    func joining() {
        let empty = SecretBytes(copying: [])
        #expect((secret + empty) == secret && (empty + secret) == secret)
        #expect((secret + secret).exposedText() == "correct horsecorrect horse")
        #expect(empty.isEmpty && empty.exposedText() == "")
    }

    @Test("bytes that are no UTF-8, no text")
    func noText() {
        #expect(SecretBytes(copying: [0xFF, 0xFE]).exposedText() == nil)
    }
}
