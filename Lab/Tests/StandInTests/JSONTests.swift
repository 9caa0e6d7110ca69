import Testing

@testable import StandIn

@Suite struct JSONTests {
    @Test(
        "valid text, the same value",
        arguments: [
            ("null", JSON.null), (" true ", true), ("-0.5e+10", JSON.number("-0.5e+10")),
            (#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, "a\"\\/\u{8}\u{c}\n\r\té😀"),
            (#""\ud800""#, "\u{fffd}"), ("[]", []), ("{}", [:]), ("[1, [2]]", [1, [2]]),
            (#"{"a": {"b": null}, "a": 1}"#, ["a": 1]),
            ("123456789012345678901234567890", JSON.number("123456789012345678901234567890")),
        ] as [(String, JSON)])
    func valid(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
        #expect(try JSON(parsing: value.serialized()) == value)
    }

    @Test(
        "hostile text, an error and no trap",
        arguments: [
            "", " ", "{", "[", "\"", "{\"a\"", "{\"a\":", "{\"a\":1", "[1", "[1,", "[1,]", "{,}",
            "01", "-", "1.", "1e", ".5", "tru", "nul", "\"\\x\"", "\"\\u12\"", "\"\\ud800\\u\"",
            "\"\n\"", "{} {}", "{a:1}", "\u{0}",
        ])
    func hostile(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test("too deep, an error and no crash")
    func deep() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    /// RFC 7396, appendix A.
    @Test(
        "merge patch, as the RFC's own table",
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
            (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
            (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
            (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ])
    func mergePatch(target: String, patch: String, result: String) throws {
        let merged = try JSON(parsing: target).merged(with: JSON(parsing: patch))
        #expect(try merged == JSON(parsing: result))
    }

    @Test("base64, as Go reads it", arguments: ["", "Zg==", "Zm8=", "Zm9v", "Zm\n9v\r\n", "+/+/"])
    func base64(text: String) throws {
        let bytes = try Base64.decode(text)
        #expect(Base64.encode(bytes) == text.filter { !$0.isNewline })
    }

    @Test(
        "no base64, an error",
        arguments: ["Zg=", "Zg", "Z", "Zg==Zg==", "=", "Z===", "%%", "Zm9v=", "-_-_"])
    func notBase64(text: String) {
        #expect(throws: Base64.Corrupt.self) { try Base64.decode(text) }
    }

    @Test(
        "times, there and back",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T23:59:59Z", 951_868_799),
            ("2026-11-21T03:45:55Z", 1_795_232_755), ("1969-12-31T23:59:59Z", -1),
        ] as [(String, Int64)])
    func times(text: String, seconds: Int64) throws {
        #expect(try WallTime(text).seconds == seconds)
        #expect(WallTime(seconds: seconds, nanoseconds: 0).rfc3339 == text)
    }

    @Test("a fraction and an offset, understood")
    func offsets() throws {
        let time = try WallTime("2026-11-21T05:45:55.1234567+02:00")
        #expect(time.rfc3339Micro == "2026-11-21T03:45:55.123456Z")
        for bad in [
            "", "2026-11-21", "2026-11-21T03:45:55", "2026-11-21T03:45:55.Z",
            "x026-11-21T03:45:55Z",
        ] {
            #expect(throws: SchemaMismatch.self) { try WallTime(bad) }
        }
    }
}
