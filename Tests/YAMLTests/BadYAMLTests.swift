import Basics
import TestSupport
import Testing
import YAML

struct BadYAML: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let place: String
    let message: String

    init(_ text: String, _ place: String, _ message: String) {
        self.init(bytes: Array(text.utf8), place, message)
    }

    init(bytes: [UInt8], _ place: String, _ message: String) {
        self.bytes = bytes
        self.place = place
        self.message = message
    }

    var testDescription: String { message }
}

private func refusal(of bytes: [UInt8], _ options: YAMLOptions = YAMLOptions()) -> Fault? {
    do {
        _ = try YAMLReader.read(SecretBytes(copying: bytes), file: "f.yml", options: options)
        return nil
    } catch {
        return Fault(error)
    }
}

@Suite struct BadYAMLTests {
    @Test(
        "bad YAML, refused at the very place",
        arguments: [
            BadYAML(
                "a: 1\nb:\n  c: 1\n  c: 2\n", "f.yml:4:3",
                "duplicate key \"c\": it stands at line 3 already"),
            BadYAML(
                "a: 1\n'a': 2\n", "f.yml:2:1", "duplicate key \"a\": it stands at line 1 already"),
            BadYAML("a:\n\tb: 1\n", "f.yml:2:1", "a tab where YAML allows spaces only"),
            BadYAML("a:\n  b: 1\n\tc: 2\n", "f.yml:3:1", "a tab where YAML allows spaces only"),
            BadYAML("a: 1\n---\nb: 1\n", "f.yml:2:1", "a second document begins here"),
            BadYAML("a: *x\n", "f.yml:1:4", "the alias «*x» has no anchor «&x» before it"),
            BadYAML("a: &x [*x]\n", "f.yml:1:8", "the alias «*x» has no anchor «&x» before it"),
            BadYAML("{{ .Values.x }}: 1\n", "f.yml:1:2", "a mapping can't be a key here"),
            BadYAML(
                "a: 1\n<<: 3\n", "f.yml:2:5",
                "«<<» takes a mapping or a list of mappings, not a whole number"),
            BadYAML(
                "x: &x {a: 1}\ny:\n  <<: *x\n  <<: *x\n", "f.yml:4:3",
                "the merge key «<<» stands here twice"),
            BadYAML(
                bytes: [0x61, 0x0A, 0xFF], "f.yml:2:1",
                "the file is not valid UTF-8: the byte 0xFF can't stand here"),
            BadYAML(
                bytes: [0x61, 0xC3], "f.yml:1:2",
                "the file is not valid UTF-8: the byte 0xC3 can't stand here"),
            BadYAML(
                bytes: [0x61, 0xED, 0xA0, 0x80], "f.yml:1:2",
                "the file is not valid UTF-8: the byte 0xED can't stand here"),
            BadYAML(
                bytes: [0xE0, 0x80, 0x80], "f.yml:1:1",
                "the file is not valid UTF-8: the byte 0xE0 can't stand here"),
            BadYAML(
                bytes: [0xFF, 0xFE, 0x61, 0x00], "f.yml:1:1",
                "the file is encoded in UTF-16, not in UTF-8"),
            BadYAML(
                bytes: [0xFF, 0xFE, 0x00, 0x00], "f.yml:1:1",
                "the file is encoded in UTF-32, not in UTF-8"),
            BadYAML("a: \u{0}b\n", "f.yml:1:4", "the character U+0000 is not allowed in YAML"),
            BadYAML(
                "a: 1\r\nb: \u{1B}\n", "f.yml:2:4", "the character U+001B is not allowed in YAML"),
        ])
    func places(bad: BadYAML) throws {
        let fault = try #require(refusal(of: bad.bytes))
        #expect(fault.code == .badInput)
        #expect(fault.place?.description == bad.place)
        #expect(fault.message == bad.message)
        #expect(fault.hint != nil)
    }

    @Test(
        "syntax that libyaml doesn't take, refused with its line",
        arguments: [
            ("a: [1, 2\nb: 3\n", 2), ("a: 'x\n", 2), ("a: b: c\n", 1), ("a:\n  - b\n c: d\n", 3),
            ("a: @x\n", 1), ("%YAML 9.9\n---\na: 1\n", 1), ("a: \"\\q\"\n", 1), ("- a\nb: 1\n", 2),
        ])
    func syntax(text: String, line: Int) throws {
        let fault = try #require(refusal(of: Array(text.utf8)))
        #expect(fault.code == .badInput)
        #expect(fault.place?.line == line)
    }

    @Test("aliases that would multiply to millions, refused without building them")
    func bomb() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            let alias = "*a\(level - 1)"
            text +=
                "a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
        }
        let fault = try #require(refusal(of: Array(text.utf8)))
        #expect(fault.message == "aliases blow the file up to more than 50000 values")
    }

    @Test("merge keys that would multiply, refused as well")
    func mergeBomb() throws {
        var text = "m0: &m0 {\((0..<500).map { "k\($0): v" }.joined(separator: ", "))}\n"
        for level in 1...200 {
            text += "m\(level): &m\(level)\n  <<: *m\(level - 1)\n  n\(level): 1\n"
        }
        let fault = try #require(refusal(of: Array(text.utf8)))
        #expect(fault.message.hasPrefix("aliases blow the file up"))
    }

    @Test("ten thousand levels, refused at the limit", arguments: ["[", "{a: ", "- "])
    func deep(opening: String) throws {
        let text = String(repeating: opening, count: 10_000)
        let fault = try #require(refusal(of: Array(text.utf8)))
        #expect(fault.message == "nested more than 64 levels deep")
    }

    @Test("too long and too many values, refused by the limits")
    func large() throws {
        let long = try #require(
            refusal(of: Array("a: 1".utf8), YAMLOptions(limits: YAMLLimits(bytes: 3))))
        #expect(long.message == "the file is 4 bytes long; at most 3 are read")
        let many = try #require(
            refusal(of: Array("[a, b, c]".utf8), YAMLOptions(limits: YAMLLimits(nodes: 3))))
        #expect(many.message == "the file has more than 3 values")
        #expect(many.place?.description == "f.yml:1:8")
    }

    @Test("random changes to real YAML, a tree or a fault with a place and never a crash")
    func fuzz() {
        var random = SeededRandom(seed: 7)
        let sample = Array(
            "a: &a {x: 'y', \"z\": [1, ~]}\nb:\n  <<: *a\n  - c: |\n     t\n# é\nd: !!str 5\n".utf8)
        for _ in 0..<4000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2:
                    bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
                default: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            if let fault = refusal(of: bytes) {
                #expect(fault.code == .badInput && fault.place?.line != nil)
            }
        }
    }
}
