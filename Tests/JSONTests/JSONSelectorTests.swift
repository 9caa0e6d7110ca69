import JSON
import Testing

@Suite struct JSONSelectorTests {
    private static let selection = JSONSelection(
        .object([
            "a": .scalar(0), "b": .object(["c": .scalar(1)]),
            "l": .array(of: .object(["n": .scalar(2)]), elementEnd: 3), "s": .place(4),
            "t": .beginning(5, bytes: 5),
        ]))

    /// What is found, as `slot=text`, feeding pieces of the given size.
    private func scan(_ text: String, piece: Int) throws -> [String] {
        var found: [String] = []
        var selector = JSONSelector(Self.selection)
        let bytes = Array(text.utf8)
        let receive: JSONSelector.Receiver = { finding in
            let text =
                finding.slot == 4
                ? "@" + String(decoding: bytes[finding.range], as: UTF8.self)
                : String(decoding: finding.text, as: UTF8.self)
            found.append("\(finding.slot)=\(text)")
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            try rest.prefix(piece).withUnsafeBytes { try selector.feed($0, receive: receive) }
            rest = rest.dropFirst(piece)
        }
        try selector.finish(receive: receive)
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
        (
            #"{"a":"\ud83d","b":{"c":"\ude00\ud83dx\ud83d\n"}}"#,
            ["0=\u{FFFD}", "1=\u{FFFD}\u{FFFD}x\u{FFFD}\n"]
        ),
        (#"{"t":"abcdefgh","a":"1"}"#, ["5=abcde", "0=1"]), (#"{"t":-1.25e7}"#, ["5=-1.25"]),
        (#"{"l":[1,[{"n":"no"}],"x",null]}"#, ["3=", "3=", "3=", "3="]),
        (#"{"l":{"n":"no"},"b":[{"c":"no"}],"a":[["no"]]}"#, []),
    ]

    @Test("well-formed documents in pieces of any size, the wanted values and no others")
    func wanted() throws {
        for (text, expected) in Self.wellFormed {
            for piece in [1, 2, 3, 7, 1000] {
                #expect(try scan(text, piece: piece) == expected, "\(text) by \(piece)")
            }
        }
    }

    @Test(
        "a document that is no object though one is wanted, refused",
        arguments: [#"[{"a":"x"}]"#, "0", "-0.0", #""text""#, "null", ""])
    func otherRoot(text: String) {
        for piece in [1, 1000] {
            #expect(throws: JSONMalformed.self) { try scan(text, piece: piece) }
        }
    }

    @Test("a name of which only the beginning is wanted, not taken for it")
    func longName() throws {
        let selection = JSONSelection(
            .object([String(repeating: "x", count: JSONSelector.scalarLimit): .scalar(0)]))
        for (excess, expected) in [(0, 1), (1, 0)] {
            let name = String(repeating: "x", count: JSONSelector.scalarLimit + excess)
            var selector = JSONSelector(selection)
            var findings = 0
            try Array("{\"\(name)\":1}".utf8).withUnsafeBytes {
                try selector.feed($0) { _ in findings += 1 }
            }
            try selector.finish { _ in }
            #expect(findings == expected)
        }
    }

    @Test("what was handed over, held no longer")
    func wiped() throws {
        var selector = JSONSelector(Self.selection)
        let text = String(repeating: "x", count: 5000)
        try Array(#"{"s":"\#(text)""#.utf8).withUnsafeBytes { try selector.feed($0) { _ in } }
        #expect(selector.bytesHeld < 100)
    }

    @Test("a wanted value longer than the limit, refused; an unwanted one, passed over")
    func tooLong() throws {
        let long = String(repeating: "x", count: 100_000)
        #expect(throws: JSONMalformed.self) { try scan(#"{"a":"\#(long)"}"#, piece: 4096) }
        #expect(try scan(#"{"z":"\#(long)","a":"1"}"#, piece: 4096) == ["0=1"])
    }
}
