import Testing

@testable import ControlPlane

@Suite struct LogExcerptTests {
    @Test("a log with several candidates, the one that tells most picked")
    func picked() {
        let klog = "E1121 03:37:23.200837       1 run.go:74] \"command failed\" err=\"x\""
        let command = "Error: error while parsing file: no such file"
        #expect(LogExcerpt.reason(in: "I1121 a\n\(klog)\n\nlast\n") == klog)
        #expect(LogExcerpt.reason(in: "\(command)\n\(klog)\n") == command)
        #expect(LogExcerpt.reason(in: "panic: boom\n\(command)\ngoroutine 1\n") == "panic: boom")
        #expect(LogExcerpt.reason(in: "one\ntwo\n  \n") == "two")
        #expect(LogExcerpt.reason(in: "\n") == nil)
    }

    @Test(
        "key material in any form, taken out",
        arguments: [
            "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=", "c2VjcmV0IGlzIHNlY3VyZQ==",
            "dGhpcyBpcyBwYXNzd29yZA==", "00112233445566778899aabbccddeeff",
            "MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmY=", "aGk_3-xYz01AbCdEfGhIjK9Lm",
            "Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5",
            "12 240 7 9 1 33 99 254 0 17 18 19 20 21 22 23",
            "0x1, 0xff, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8, 0x9, 0xa, 0xb, 0xc",
        ])
    func redacted(secret: String) {
        for line in ["Secret:\"\(secret)\"}", "secret: \(secret)", "x=\(secret)", "[\(secret)]"] {
            let shown = KeyRedaction.redact(line)
            #expect(!shown.contains(secret.prefix(8)), "\(shown)")
            #expect(shown.contains(KeyRedaction.mark))
        }
    }

    @Test(
        "values and padding by equals signs, each judged apart",
        arguments: [
            ("--a=b=c", "--a=b=c"), ("==", "=="), ("=x=", "=x="), ("a==b", "a==b"),
            ("name=QUJDREVGR0hJSktMTU5PUFFSU1RV==", "name=\(KeyRedaction.mark)"),
            ("QUJDREVGR0hJSktMTU5PUFFSU1RV==x", "\(KeyRedaction.mark)=x"),
            ("--encryption-provider-config==x", "--encryption-provider-config==x"),
            ("abcdefghijklmnopqrst=", KeyRedaction.mark),
        ])
    func equals(line: String, expected: String) {
        #expect(KeyRedaction.redact(line) == expected)
    }

    @Test("a line of any length with any number of equals signs, cut before it is looked through")
    func long() throws {
        let line = String(repeating: "a=", count: 1 << 20)
        let shown = try #require(LogExcerpt.reason(in: line))
        #expect(shown.hasPrefix("a=a=") && shown.count == LogExcerpt.greatestLength + 1)
        #expect(KeyRedaction.redact(line).utf8.count <= KeyRedaction.greatestLength)
    }

    @Test("a key where a long line is cut, no part of it left at the end")
    func cutKey() {
        let secret = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
        // What is before the key is taken out, so that its part would come within what is shown.
        for part in 1...40 {
            let before = String(repeating: "Q0", count: 4096).dropLast(part + 1)
            let shown = KeyRedaction.redact("\(before) \(secret)")
            #expect(!shown.contains("QUJD"), "\(part)")
        }
    }

    @Test(
        "what a person needs, left readable",
        arguments: [
            "Error: open /etc/kubernetes/ssl/encryption.yaml: no such file or directory",
            "E1121 03:37:23.200837       1 run.go:74] \"command failed\" err=\"error\"",
            "k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go:123: resources[0].providers[1]",
            "unknown flag: --encryption-provider-config-automatic-reload",
            "--encryption-provider-config=/etc/kubernetes/ssl/encryption.yaml is invalid",
            "error while parsing EncryptionConfiguration of apiserver.config.k8s.io/v1",
            "dial tcp 192.168.100.101:2379: connect: connection refused",
        ])
    func readable(line: String) {
        #expect(KeyRedaction.redact(line) == line)
    }
}
