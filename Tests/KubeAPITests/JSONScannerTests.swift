import Testing

@testable import KubeAPI

@Suite struct JSONScannerTests {
    private static let selection = JSONSelection(
        .object([
            "a": .scalar(0), "b": .object(["c": .scalar(1)]),
            "l": .array(of: .object(["n": .scalar(2)]), elementEnd: 3), "s": .place(4),
        ]))

    /// What is found, as `slot=text`, feeding pieces of the given size.
    private func scan(_ text: String, piece: Int) throws -> [String] {
        var found: [String] = []
        var scanner = JSONScanner(Self.selection)
        let bytes = Array(text.utf8)
        let receive: JSONScanner.Receiver = { finding in
            let text =
                finding.slot == 4
                ? "@" + String(decoding: bytes[finding.range], as: UTF8.self)
                : String(decoding: finding.text, as: UTF8.self)
            found.append("\(finding.slot)=\(text)")
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            try rest.prefix(piece).withUnsafeBytes { try scanner.feed($0, receive: receive) }
            rest = rest.dropFirst(piece)
        }
        try scanner.finish(receive: receive)
        return found
    }

    static let wellFormed: [(String, [String])] = [
        (#"{}"#, []),
        (#" {"a" : "x" , "z":[1,{"a":"no"}]} "#, ["0=x"]),
        (#"{"a":12.5e-3,"b":{"c":true}}"#, ["0=12.5e-3", "1=true"]),
        (#"{"a":null,"l":null,"b":null}"#, []),
        (#"{"l":[]}"#, []),
        (
            #"{"l":[{"n":"1"},{"m":2},{"n":"3","l":[{"n":"no"}]}]}"#,
            ["2=1", "3=", "3=", "2=3", "3="]
        ),
        (#"{"x":{"a":"no"},"a":"yes"}"#, ["0=yes"]),
        (#"{"a":{"a":"no"}}"#, []),
        (#"{"b":"no"}"#, []),
        (#"{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#, ["0=\"\\/\u{8}\u{c}\n\r\té😀"]),
        (#"{"\u0061":"escaped key"}"#, ["0=escaped key"]),
        (#"{"s":"c2VjcmV0","a":"é"}"#, ["4=@c2VjcmV0", "0=é"]),
        (#"{"z":"}]\"{["}"#, []),
        (#"[1,2,[[]],"a"]"#, []),
        (#"0"#, []), (#"-0.0"#, []), (#""text""#, []),
    ]

    @Test("well-formed documents in pieces of any size, the wanted values and no others")
    func wanted() throws {
        for (text, expected) in Self.wellFormed {
            for piece in [1, 2, 3, 7, 1000] {
                #expect(try scan(text, piece: piece) == expected, "\(text) by \(piece)")
            }
        }
    }

    static let malformed = [
        "", " ", "{", "}", "[", "]", "{]", "[}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "[1,]",
        "[,1]", "[1 2]", "{\"a\" 1}", "{a:1}", "{\"a\":1}}", "{}{}", "nul", "truer", "True", "01",
        "1.", ".5", "-", "1e", "+1", "--1", "0x1", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\ud83d\"",
        "\"\\ude00\"", "\"\\ud83dx\"", "\"a\nb\"", "'a'", "{\"a\":tru", "{\"a\":1 \"b\":2}",
        "\u{FEFF}{}", "[1}", "{\"a\":[}", String(repeating: "[", count: 600),
        "{\"a\":" + String(repeating: "1", count: 70) + "}",
    ]

    @Test("malformed documents in pieces of any size, refused")
    func refused() {
        for text in Self.malformed {
            for piece in [1, 3, 1000] {
                #expect(throws: JSONScanner.Malformed.self, "\(text) by \(piece)") {
                    try scan(text, piece: piece)
                }
            }
        }
    }

    @Test("every beginning of a document, refused as incomplete")
    func torn() throws {
        let text = #"{"a":"x\u00e9","b":{"c":-1.5e3},"l":[{"n":"1"},null,true]}"#
        _ = try scan(text, piece: 5)
        for length in 0..<text.utf8.count {
            let beginning = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(throws: JSONScanner.Malformed.self) { try scan(beginning, piece: 4) }
        }
    }

    @Test("a wanted value longer than the limit, refused; an unwanted one, passed over")
    func tooLong() throws {
        let long = String(repeating: "x", count: 100_000)
        #expect(throws: JSONScanner.Malformed.self) { try scan(#"{"a":"\#(long)"}"#, piece: 4096) }
        #expect(try scan(#"{"z":"\#(long)","a":"1"}"#, piece: 4096) == ["0=1"])
    }

    @Test("random bytes, an error or a result, never a crash")
    func randomBytes() {
        var random = SeededRandom(seed: 11)
        let alphabet = Array(#"{}[]",:\ue01a-+.tfn "#.utf8)
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...24, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            _ = try? scan(String(decoding: text, as: UTF8.self), piece: 3)
        }
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
