import Basics
import Testing
import YAML

private func read(_ text: String, _ options: YAMLOptions = YAMLOptions()) throws -> YAMLNode {
    try YAMLReader.read(text, file: "f.yml", options: options)
}

@Suite struct YAMLReaderTests {
    @Test("block and flow collections, tree in the order of the source")
    func order() throws {
        let root = try read("b: 1\na: [x, {k: v}]\nc:\n  - y\n  -\n")
        #expect(root.mapping?.keys == ["b", "a", "c"])
        #expect(root["a"]?.sequence?[1]["k"]?.scalar?.text == "v")
        #expect(root["c"]?.sequence?[1].isNull == true)
        #expect(root["a"]?.style == .flow)
        #expect(root["c"]?.style == .block)
    }

    @Test("nothing but a comment, a null")
    func empty() throws {
        for text in ["", "# c\n", "\u{FEFF}", "---\n", "\n\n"] {
            #expect(try read(text).isNull, "\(text)")
        }
    }

    @Test("positions, counted in characters and in bytes")
    func positions() throws {
        let text = "\u{FEFF}ä: ö  # ü\nlist:\n  - \"→ x\"\n  - [1,\n     2]\n# end\nz: |\n  t\n"
        let root = try read(text)
        let bytes = Array(text.utf8)
        func source(_ node: YAMLNode?) -> String? {
            node.map { String(decoding: bytes[$0.range.offsets], as: UTF8.self) }
        }
        let list = root["list"]
        #expect(source(root["ä"]) == "ö")
        #expect(source(list?.sequence?[0]) == "\"→ x\"")
        #expect(source(list?.sequence?[1]) == "[1,\n     2]")
        #expect(source(list) == "- \"→ x\"\n  - [1,\n     2]")
        #expect(source(root.mapping?.entry("list")?.keyNode) == "list")
        let quoted = try #require(list?.sequence?[0])
        #expect((quoted.start.line, quoted.start.column) == (3, 5))
        #expect(quoted.place(in: "f.yml").description == "f.yml:3:5")
    }

    @Test("every byte of nested lists and mappings lies inside its parent's range")
    func nesting() throws {
        func check(_ node: YAMLNode) {
            let children = (node.sequence ?? []) + (node.mapping?.entries.map(\.value) ?? [])
            for child in children where child.alias == nil {
                #expect(node.range.offsets.lowerBound <= child.range.offsets.lowerBound)
                #expect(node.range.offsets.upperBound >= child.range.offsets.upperBound)
                check(child)
            }
        }
        check(
            try read(
                "a:\n  b:\n    - c: |\n        t\n      d: 'x\n        y'\n    - {e: [1]}\nf:\n"))
    }

    @Test(
        "untyped scalars, what Go's yaml.v2 makes of them",
        arguments: [
            ("yes", .bool(true)), ("Off", .bool(false)), ("n", .bool(false)), ("true", .bool(true)),
            ("tRue", .string), ("'yes'", .string), ("!!str yes", .string), ("~", .null),
            ("null", .null), ("NULL", .null), ("nUll", .string), ("22", .integer(22)),
            ("-1", .integer(-1)), ("+7", .integer(7)), ("0x1F", .integer(31)),
            ("017", .integer(15)), ("0o17", .integer(15)), ("0b11", .integer(3)),
            ("1_000", .integer(1000)), ("09", .float(9)), ("1.5", .float(1.5)),
            ("1e3", .float(1000)), (".inf", .float(.infinity)), ("0x", .string), ("-", .string),
            ("1.2.3.4", .string), ("10.0.0.1", .string), ("v1.30.4-rancher1-1", .string),
            ("\"22\"", .string), ("!!int \"22\"", .integer(22)), ("!!float 3", .float(3)),
            ("99999999999999999999", .float(1e20)), ("--5", .string), ("0x-5", .string),
        ] as [(String, YAMLResolution)])
    func resolution(text: String, expected: YAMLResolution) throws {
        guard text != "-" else { return }
        #expect(try read("k: \(text)")["k"]?.scalar?.resolved == expected)
    }

    @Test("merge keys, own keys and earlier merges win")
    func merge() throws {
        let root = try read(
            "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc:\n  <<: [*a, *b]\n  y: 3\nd: {\"<<\": 1}\n")
        let merged = try #require(root["c"]?.mapping)
        #expect(merged.keys == ["y", "x", "z"])
        #expect(merged["x"]?.scalar?.integer == 1)
        #expect(merged["y"]?.scalar?.integer == 3)
        #expect(merged.entry("z")?.isMerged == true)
        #expect(merged.entry("y")?.isMerged == false)
        #expect(root["d"]?["<<"]?.scalar?.integer == 1)
    }

    @Test("alias, the anchored value at the alias's own place")
    func alias() throws {
        let root = try read("a: &n [1, 2]\nb: *n\n")
        let copy = try #require(root["b"])
        #expect(copy.sequence?.count == 2)
        #expect(copy.alias == "n")
        #expect(root["a"]?.anchor == "n")
        #expect((copy.start.line, copy.start.column) == (2, 4))
    }

    @Test("several documents, only the first read on request, even with rubbish after it")
    func first() throws {
        let root = try read("a: 1\n---\n}}}\n", YAMLOptions(documents: .first))
        #expect(root["a"]?.scalar?.integer == 1)
    }

    @Test("duplicate keys allowed, the last one counts")
    func lastWins() throws {
        let root = try read("a: 1\nb: 2\na: 3\n", YAMLOptions(duplicateKeys: .lastWins))
        #expect(root.mapping?.keys == ["a", "b"])
        #expect(root["a"]?.scalar?.integer == 3)
        #expect(root.mapping?.entry("a")?.isRepeated == true)
        #expect(root.mapping?.entry("b")?.isRepeated == false)
    }

    @Test("a scalar printed, dumped or interpolated, its text stays hidden")
    func redaction() throws {
        let root = try read("k: hunter2secret\n")
        var dumped = ""
        dump(root, to: &dumped)
        #expect(!(dumped + "\(root)" + String(reflecting: root)).contains("hunter2secret"))
    }

    @Test("JSON, read as the YAML that it is")
    func json() throws {
        let root = try read("{\"a\": [1, true, null, \"\\u00e4\\n\"], \"b\": {}}\n")
        #expect(root["a"]?.sequence?[3].scalar?.text == "ä\n")
        #expect(root["b"]?.mapping?.entries.isEmpty == true)
    }
}
