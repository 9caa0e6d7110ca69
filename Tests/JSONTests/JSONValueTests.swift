import JSON
import Testing

@Suite struct JSONValueTests {
    @Test(
        "compact JSON, written again byte for byte",
        arguments: [
            #"{"b":1,"a":[null,true,false,-0.50e+10,12345678901234567890123]}"#,
            #"{"":{"x":[]},"y":{},"z":""}"#, #"["\u0001\u001f\n\r\t\"\\","ü€😀"]"#, "[[[]]]", "0",
            #""x""#,
        ])
    func roundTrip(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(String(decoding: value.bytes, as: UTF8.self) == text)
    }

    @Test("escapes, decoded as Go writes them")
    func escapes() throws {
        let text = #" "\u003c\u00e9\ud83d\ude00\/\n\ud800" "#
        #expect(try JSONValue(parsing: Array(text.utf8)).text == "<é😀/\n\u{FFFD}")
    }

    @Test(
        "a name twice, refused, however it is written and wherever the object is",
        arguments: [#"{"a":1,"a":2}"#, #"[{"b":{"a":1,"\u0061":2}}]"#])
    func duplicates(text: String) {
        #expect(throws: JSONMalformed.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test("a name in several objects, taken")
    func sameNames() throws {
        let text = #"{"a":{"a":[{"a":1},{"a":2}]}}"#
        #expect(try JSONValue(parsing: Array(text.utf8))["a"]?["a"]?.elements.count == 2)
    }

    @Test("bytes that aren't UTF-8, refused")
    func notUTF8() {
        #expect(throws: JSONMalformed.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONMalformed.self) {
            try JSONValue(parsing: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])
        }
    }
}
