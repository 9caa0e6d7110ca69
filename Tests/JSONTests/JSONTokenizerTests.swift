import JSON
import TestSupport
import Testing

@Suite struct JSONTokenizerTests {
    /// The tokens, each as `kind:place:text`, feeding pieces of the given size.
    private func tokens(
        _ bytes: [UInt8], piece: Int, kept: Int = .max
    ) throws(JSONMalformed) -> [String] {
        var tokenizer = JSONTokenizer(kept: kept)
        var found: [String] = []
        func note(_ token: JSONTokenizer.Token) {
            let text = String(decoding: tokenizer.text, as: UTF8.self)
            let isScalar = [.name, .string, .word].contains(token)
            let place = String(
                decoding: bytes[tokenizer.start..<tokenizer.offset], as: UTF8.self)
            found.append(isScalar ? "\(token)|\(place)|\(text)" : "\(token)|\(place)")
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeMutableRawBufferPointer.allocate(
                byteCount: min(piece, rest.count), alignment: 1)
            defer { piece.deallocate() }
            piece.copyBytes(from: rest.prefix(piece.count))
            var index = 0
            while let token = try tokenizer.next(in: UnsafeRawBufferPointer(piece), at: &index) {
                note(token)
            }
            rest = rest.dropFirst(piece.count)
        }
        if let token = try tokenizer.finish() { note(token) }
        return found
    }

    private func tokens(
        _ text: String, piece: Int = 1000, kept: Int = .max
    ) throws(JSONMalformed) -> [String] {
        try tokens(Array(text.utf8), piece: piece, kept: kept)
    }

    private static let wellFormed: [(String, [String])] = [
        ("0", ["word|0|0"]), (" -0.0 ", ["word|-0.0|-0.0"]), ("12e+34", ["word|12e+34|12e+34"]),
        ("1.50E-7", ["word|1.50E-7|1.50E-7"]), ("null", ["word|null|null"]),
        (#""text""#, [#"string|"text"|text"#]),
        (
            #"{"\u0061" : [ true,"x\/\ud83d\ude00" ] } "#,
            [
                "objectStart|{", #"name|"\u0061"|a"#, "arrayStart|[", "word|true|true",
                #"string|"x\/\ud83d\ude00"|x/😀"#, "arrayEnd|]", "objectEnd|}",
            ]
        ),
        (
            #"["\"\\\/\b\f\n\r\t","\ud800","\udc00\ud800\ud800\udc00","\ud800\u0041"]"#,
            [
                "arrayStart|[", "string|\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"|\"\\/\u{8}\u{c}\n\r\t",
                #"string|"\ud800"|"# + "\u{FFFD}",
                #"string|"\udc00\ud800\ud800\udc00"|"# + "\u{FFFD}\u{FFFD}\u{10000}",
                #"string|"\ud800\u0041"|"# + "\u{FFFD}A", "arrayEnd|]",
            ]
        ),
        (
            "[[],{}]",
            ["arrayStart|[", "arrayStart|[", "arrayEnd|]", "objectStart|{"]
                + ["objectEnd|}", "arrayEnd|]"]
        ),
    ]

    @Test("well-formed documents in pieces of any size, the same tokens in the same places")
    func tokens() throws {
        for (text, expected) in Self.wellFormed {
            for piece in [1, 2, 3, 7, 1000] {
                #expect(try tokens(text, piece: piece) == expected, "\(text) by \(piece)")
            }
        }
    }

    private static let malformed = [
        "", " ", "{", "}", "[", "]", "{]", "[}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "[1,]",
        "[,1]", "[1 2]", "{\"a\" 1}", "{a:1}", "{\"a\":1}}", "{}{}", "nul", "truer", "True", "01",
        "1.", ".5", "-", "1e", "1e+", "+1", "--1", "0x1", "\"", "\"\\x\"", "\"\\u12g4\"",
        "\"\\u12\"", "\"\\u+123\"", "\"\\", "\"\\u00", "\"a\nb\"", "\"\u{1}\"", "\"\u{1F}\"", "'a'",
        "{\"a\":tru", "{\"a\":1 \"b\":2}", "\u{FEFF}{}", "[1}", "{\"a\":[}", "{1:2}", "{:1}", "[:]",
        "[1] [2]", "1 2", "{\"a\" \"b\"}", "{\"a\":maybe}", "{},", "<html>", "nonsense", "\0{}",
        "404 page not found\n", "-01", "1.e5", "NaN", "Infinity", "// x\n1", "\u{A0}1",
        String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
        "{\"a\":" + String(repeating: "1", count: 2000) + "}", String(repeating: "1", count: 2000),
    ]

    @Test("malformed documents in pieces of any size, refused")
    func refused() {
        for text in Self.malformed {
            for piece in [1, 3, 1000] {
                #expect(throws: JSONMalformed.self, "\(text.prefix(50)) by \(piece)") {
                    try tokens(text, piece: piece)
                }
            }
        }
    }

    @Test("what is wrong and where, told")
    func reasons() {
        let cases = [
            (#"{"a": 01}"#, "a comma or a closing brace is expected", 7, false),
            ("[1 2]", "a comma or a closing bracket is expected", 3, false),
            ("{}{", "something follows the end", 2, false),
            (#"{"a": "\x"}"#, "an unknown escape", 8, false),
            (#"{"a" 1}"#, "a colon is expected", 5, false),
            ("{1}", "a member's name is expected", 1, false),
            ("[}", "a value is expected", 1, false),
            ("[nuLl]", "a value is expected", 3, false),
            ("[-x]", "a digit is expected", 2, false),
            ("[\"\n\"]", "a control character in a string", 2, false),
            ("[\"\\u00g0\"]", "four hexadecimal digits are expected", 6, false),
            ("[1.", "the document ends too early", 3, true),
            ("[\"abc", "the document ends too early", 5, true),
            (String(repeating: "[", count: 513), "nested too deep", 512, false),
            (String(repeating: "1", count: 1025), "a number is too long", 1024, false),
        ]
        for (text, reason, offset, isTruncated) in cases {
            do {
                _ = try tokens(text, piece: 2)
                Issue.record("\(text) was taken")
            } catch {
                #expect(error.reason == reason, "\(text)")
                #expect(error.offset == offset, "\(text)")
                #expect(error.isTruncated == isTruncated, "\(text)")
            }
        }
    }

    @Test("the greatest depth and the longest number, taken")
    func limits() throws {
        let depth = JSONTokenizer.greatestDepth
        let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(try tokens(deep).count == 2 * depth)
        let long = String(repeating: "1", count: JSONTokenizer.longestNumber)
        #expect(try tokens("[\(long)]").count == 3)
    }

    @Test("every beginning of a document, refused as cut off")
    func torn() throws {
        let text = #"{"a":"x\u00e9","b":{"c":-1.5e3},"l":[{"n":"1"},null,true]}"#
        _ = try tokens(text, piece: 5)
        for length in 0..<text.utf8.count {
            do {
                _ = try tokens(String(decoding: text.utf8.prefix(length), as: UTF8.self), piece: 4)
                Issue.record("\(length) bytes were taken")
            } catch {
                #expect(error.isTruncated)
            }
        }
    }

    @Test("strings of all lengths with the end, an escape or a mistake anywhere")
    func longStrings() throws {
        let marks: [UInt8] = [0x00, 0x1F, 0x0A, UInt8(ascii: "\\"), UInt8(ascii: "\"")]
        let ordinary: [UInt8] = [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xFF]
        for length in Array(0..<40) + [127, 128, 129, 159, 160, 161, 300, 421] {
            let text = (0..<length).map { ordinary[$0 % ordinary.count] }
            let quote = [UInt8(ascii: "\"")]
            #expect(try tokens(quote + text + quote, piece: 1 << 20).count == 1)
            for mark in marks {
                #expect(throws: JSONMalformed.self, "\(mark) after \(length)") {
                    try tokens(quote + text + [mark] + text + quote, piece: 1 << 20)
                }
            }
        }
    }

    @Test("strings longer than what is kept, their beginning and whole length told")
    func kept() throws {
        let long = String(repeating: "abcd", count: 50_000)
        let document = Array("[\"\\u00e9\(long)\",12345]".utf8)
        for piece in [1, 1000, 1 << 20] {
            var tokenizer = JSONTokenizer(kept: 4)
            var found: [String] = []
            for start in stride(from: 0, to: document.count, by: piece) {
                let bytes = Array(document[start..<min(start + piece, document.count)])
                try bytes.withUnsafeBytes { bytes in
                    var index = 0
                    while let token = try tokenizer.next(in: bytes, at: &index) {
                        guard token == .string || token == .word else { continue }
                        found.append(String(decoding: tokenizer.text, as: UTF8.self))
                        found.append(String(tokenizer.textLength))
                    }
                }
                #expect(tokenizer.text.capacity < 200)
            }
            #expect(found == ["éab", "200002", "1234", "5"])
        }
    }

    @Test("an object passed over, its end the next token, and checked all the same")
    func skipped() throws {
        func ends(_ text: String) throws -> [JSONTokenizer.Token] {
            var tokenizer = JSONTokenizer()
            var found: [JSONTokenizer.Token] = []
            try Array(text.utf8).withUnsafeBytes { bytes in
                var index = 0
                while let token = try tokenizer.next(in: bytes, at: &index) {
                    found.append(token)
                    if token == .objectStart, tokenizer.depth == 2 { tokenizer.skipRest() }
                }
            }
            return found
        }
        #expect(
            try ends(#"[{"a":[1,{"b":{}}],"c":"x"},{},1]"#) == [
                .arrayStart, .objectStart, .objectEnd, .objectStart, .objectEnd, .word, .arrayEnd,
            ])
        #expect(throws: JSONMalformed.self) { try ends(#"[{"a":[1,{"b":}],"c":"x"}]"#) }
    }

    @Test("random bytes, an error or the same tokens however they are split, never a crash")
    func randomBytes() {
        var random = SeededRandom(seed: 11)
        let alphabet = Array(#"{}[]",:\ue01ad8-+.tfn "#.utf8)
        var taken = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...24, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let results = [3, 1000].map { piece in
                Result { () throws(JSONMalformed) in try tokens(bytes, piece: piece) }
            }
            #expect(results[0] == results[1])
            if case .success = results[0] { taken += 1 }
        }
        #expect(taken > 100)
    }
}
