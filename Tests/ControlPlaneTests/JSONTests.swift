import Basics
import Testing

@testable import ControlPlane

@Suite struct JSONTests {
    @Test(
        "compact JSON, written again byte for byte",
        arguments: [
            #"{"b":1,"a":[null,true,false,-0.50e+10,12345678901234567890123]}"#,
            #"{"":{"x":[]},"y":{},"z":""}"#, #"["\u0001\"\\","ü€😀"]"#, "[[[]]]", "0", #""x""#,
        ])
    func roundTrip(text: String) throws {
        let value = try JSONParser.parse(Array(text.utf8))
        #expect(String(decoding: value.bytes, as: UTF8.self) == text)
    }

    @Test("escapes, decoded as Go writes them")
    func escapes() throws {
        let text = #" "\u003c\u00e9\ud83d\ude00\/\n\ud800" "#
        #expect(try JSONParser.parse(Array(text.utf8)).text == "<é😀/\n\u{FFFD}")
    }

    @Test(
        "what isn't JSON, refused",
        arguments: [
            "", " ", "{", "[1,]", #"{"a":1,"a":2}"#, "01", "1.", "+1", "nul", "\"\u{1}\"",
            "[1] [2]",
            #"{"a" 1}"#, #""\x""#, #""\u12""#, #""\u+123""#, "'a'", "{a:1}", "--1",
            String(repeating: "[", count: 100),
        ])
    func refused(text: String) {
        #expect(throws: Fault.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test("bytes that aren't UTF-8, refused")
    func notUTF8() {
        #expect(throws: Fault.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    }
}
