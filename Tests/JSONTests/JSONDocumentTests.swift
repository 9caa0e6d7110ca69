import Basics
import JSON
import Testing

@Suite struct JSONDocumentTests {
    private func document(_ text: String) throws -> JSONDocument {
        try JSONDocument(checking: SecretBytes(copying: text.utf8))
    }

    private static let text = #"""
         {"n" : [1.50, 1e+2 , -0, 123456789012345678901234567890, {"a":"x"},{"a":"\u00e4"},{"a":1}],
        "s":"\ud834\udd1e\ud834x\u00E9\b\/", "s" : "the last" ,"o":{"in\u0061":{ }} , "z":null}

        """#

    @Test("values found by their names, of members with one name the last")
    func found() throws {
        let document = try document(Self.text)
        #expect(document.string(["s"])?.exposedText() == "the last")
        #expect(document.string(["n"]) == nil)
        #expect(document.string(["s", "t"]) == nil)
        #expect(document.strings("a", ofElementsOf: ["n"]) == ["x", "ä"])
        #expect(document.strings("a", ofElementsOf: ["o"]) == [])
        let inner = try #require(document.range(of: ["o", "ina"]))
        #expect(document.slice(inner).exposedText() == "{ }")
        #expect(document.isObject(inner))
        #expect(try document.isNull(#require(document.range(of: ["z"]))))
        #expect(document.duplicates(in: [], among: ["n", "s", "q"]) == ["s"])
        #expect(document.range(of: ["n", "a"]) == nil)
    }

    @Test("a value replaced or added, every other byte kept")
    func preserved() throws {
        var document = try document(Self.text)
        document.set(["o", "ina"], to: SecretBytes(copying: "7".utf8))
        document.set(["o", "x\""], to: SecretBytes(copying: "8".utf8))
        let expected = Self.text.replacing("{ }}", with: "7,\n    \"x\\\"\": 8}")
        #expect(document.bytes.exposedText() == expected)
    }

    @Test(
        "members put into an empty object, whatever is around it",
        arguments: ["{}", "{}\n", " \n{ }\r\n\t", "{\n}"])
    func empty(text: String) throws {
        var document = try document(text)
        document.set(["a", "b"], to: SecretBytes(copying: "1".utf8))
        let before = text.prefix { $0 != "{" }
        let after = text.drop { $0 != "}" }.dropFirst()
        #expect(
            document.bytes.exposedText()
                == before + "{\n  \"a\": {\n    \"b\": 1\n  }\n}" + after)
        #expect(throws: Never.self) { try JSONDocument(checking: document.bytes) }
    }

    @Test("what is no object, refused", arguments: ["[]", "1", "\"{}\"", "null", "[{}]", "{", ""])
    func refused(text: String) {
        #expect(throws: JSONMalformed.self) { try document(text) }
    }

    @Test("strings with every kind of character, quoted and read again as they were")
    func strings() throws {
        for text in ["", "\"\\/\n\r\t\u{0}\u{1F}", "ä€𝄞", String(repeating: "x", count: 300)] {
            var document = JSONDocument()
            document.set([text], to: JSONText.quoted(SecretBytes(copying: text.utf8)))
            let again = try JSONDocument(checking: document.bytes)
            #expect(again.string([text])?.exposedText() == text)
            #expect(
                JSONText.quoted(text)
                    == JSONText.quoted(SecretBytes(copying: text.utf8)).exposedText())
        }
    }
}
