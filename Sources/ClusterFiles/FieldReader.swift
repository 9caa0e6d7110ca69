internal import Basics
internal import YAML

/// Reads typed fields of one mapping; what is wrong goes to the collector, and reading goes on.
///
/// Types follow RKE's reader (Go's `yaml.v2` into `types/rke_types.go`): null and the empty string
/// are as good as absent, and any scalar will do where a string is wanted.
struct FieldReader {
    /// What to do about a field that no list knows.
    enum Unknown {
        /// RKE ignores it; only what looks like one of our fields is an error.
        case ignoredUnlessMisspelt
        /// The mapping is ours alone (or decides about encryption): everything else is an error.
        case refused
    }

    let mapping: YAMLMapping
    /// Where the mapping begins.
    let place: Fault.Place
    let file: String
    let problems: DiagnosticCollector

    /// Nil where the node is absent or null; a diagnostic where it's anything but a mapping.
    init?(_ node: YAMLNode?, called name: String, file: String, problems: DiagnosticCollector) {
        guard let node, !node.isNull else { return nil }
        guard let mapping = node.mapping else {
            problems.add("\(name) must be a mapping, not \(node.kind)", at: node.place(in: file))
            return nil
        }
        self.mapping = mapping
        self.file = file
        self.problems = problems
        place = node.place(in: file)
    }

    /// The mapping under a field.
    func section(_ name: String) -> FieldReader? {
        FieldReader(mapping[name], called: name, file: file, problems: problems)
    }

    /// The value of a field, null counting as absent.
    func value(_ name: String) -> YAMLNode? {
        mapping[name].flatMap { $0.isNull ? nil : $0 }
    }

    func place(of name: String) -> Fault.Place {
        mapping[name]?.place(in: file) ?? place
    }

    /// - Parameters:
    ///   - used: the fields that are read.
    ///   - known: those that RKE has besides, which pass without a look.
    ///   - meant: names that people write instead.
    /// - Returns: the fields that were probably meant by misspelt ones; that they are missing is
    ///   then no second error.
    @discardableResult
    func checkNames(
        used: [String], known: Set<String> = [], meant: [String: String] = [:],
        unknown: Unknown = .ignoredUnlessMisspelt
    ) -> Set<String> {
        var guesses: Set<String> = []
        for entry in mapping.entries where !entry.isMerged {
            let name = entry.key
            // By convention `x-…` holds anchors and nothing else.
            if used.contains(name) || known.contains(name) || name.hasPrefix("x-") { continue }
            let guess = meant[name] ?? Spelling.nearest(to: name, among: used)
            if guess == nil, unknown == .ignoredUnlessMisspelt { continue }
            if let guess { guesses.insert(guess) }
            problems.add(
                "unknown field \"\(name)\"",
                hint: guess.map { "Did you mean \"\($0)\"?" }
                    ?? "Known here: \(used.joined(separator: ", ")).",
                at: entry.keyNode.place(in: file))
        }
        return guesses
    }

    // MARK: Scalars

    private func scalar(_ name: String, wanted: String) -> YAMLScalar? {
        guard let node = value(name) else { return nil }
        guard let scalar = node.scalar else {
            mistyped(name, wanted: wanted, node)
            return nil
        }
        return scalar
    }

    private func mistyped(_ name: String, wanted: String, _ node: YAMLNode, hint: String? = nil) {
        problems.add(
            "\(name) must be \(wanted), not \(node.kind)", hint: hint, at: node.place(in: file))
    }

    func string(_ name: String) -> String? {
        scalar(name, wanted: "a string").flatMap { $0.bytes.isEmpty ? nil : $0.text }
    }

    func secret(_ name: String) -> SecretBytes? {
        scalar(name, wanted: "a string").flatMap { $0.bytes.isEmpty ? nil : $0.bytes }
    }

    func bool(_ name: String) -> Bool? {
        guard let scalar = scalar(name, wanted: "true or false") else { return nil }
        if let value = scalar.bool { return value }
        if let node = value(name) {
            let isQuoted = ["true", "false"].contains(scalar.text.lowercased())
            mistyped(
                name, wanted: "true or false", node,
                hint: isQuoted ? "Write it without quotes." : nil)
        }
        return nil
    }

    /// A whole number; digits in quotes count, as RKE keeps ports in strings.
    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let scalar = scalar(name, wanted: "a number"), !scalar.bytes.isEmpty else {
            return nil
        }
        guard let number = scalar.integer ?? Int(scalar.text), range.contains(number) else {
            problems.add(
                "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)",
                at: place(of: name))
            return nil
        }
        return number
    }

    func duration(_ name: String, in range: ClosedRange<Duration>) -> Duration? {
        guard let text = string(name) else { return nil }
        guard let duration = Duration(goSyntax: text), range.contains(duration) else {
            problems.add(
                "\(name) must be a duration from \(range.lowerBound.goSyntax) to "
                    + "\(range.upperBound.goSyntax)",
                hint: "As in 500ms, 30s or 1m30s.", at: place(of: name))
            return nil
        }
        return duration
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let text = string(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        let guess = Spelling.nearest(to: text, among: words)
        problems.add(
            "\(name) can't be \"\(text.prefix(64))\"",
            hint: guess.map { "Did you mean \"\($0)\"?" }
                ?? "It is one of: \(words.joined(separator: ", ")).",
            at: place(of: name))
        return nil
    }

    // MARK: Collections

    /// The elements of a list, null and absent counting as none.
    func elements(_ name: String, of what: String) -> [YAMLNode] {
        guard let node = value(name) else { return [] }
        guard let elements = node.sequence else {
            mistyped(name, wanted: "a list of \(what)", node)
            return []
        }
        return elements
    }

    func strings(_ name: String) -> [String] {
        elements(name, of: "strings").compactMap { element in
            if let scalar = element.scalar { return scalar.text }
            mistyped("every element of \(name)", wanted: "a string", element)
            return nil
        }
    }

    func stringMap(_ name: String) -> [String: String] {
        entries(name).compactMapValues { node in
            if let scalar = node.scalar { return scalar.text }
            mistyped("every value of \(name)", wanted: "a string", node)
            return nil
        }
    }

    func stringListMap(_ name: String) -> [String: [String]] {
        guard let section = section(name) else { return [:] }
        return section.mapping.keys.reduce(into: [:]) { $0[$1] = section.strings($1) }
    }

    private func entries(_ name: String) -> [String: YAMLNode] { section(name)?.entries() ?? [:] }

    private func entries() -> [String: YAMLNode] {
        Dictionary(
            mapping.entries.map { ($0.key, $0.value) }, uniquingKeysWith: { _, later in later })
    }
}
