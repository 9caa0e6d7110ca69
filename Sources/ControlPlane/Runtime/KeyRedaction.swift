/// Takes out of a line what could be key material.
///
/// kube-apiserver itself prints the secret when a provider config has two providers in one element
/// (seen on real servers), so its log can't be shown as it is. Rather too much is taken than too
/// little; names, paths and flags stay readable.
enum KeyRedaction {
    static let mark = "«redacted»"
    /// Of a line, in bytes; far more than is ever shown of one.
    static let greatestLength = 8 << 10

    static func redact(_ line: String) -> String {
        guard line.utf8.count > greatestLength else { return redactWhole(line) }
        let beginning = String(decoding: line.utf8.prefix(greatestLength), as: UTF8.self)
        // What the cut has left of a key may be too short to be known for one.
        return String(redactWhole(beginning).dropLast(128))
    }

    private static func redactWhole(_ line: String) -> String {
        var output = ""
        var run = ""
        for character in line {
            if isDigit(character) {
                run.append(character)
            } else {
                output += shown(run)
                run = ""
                output.append(character)
            }
        }
        output += shown(run)
        return redactByteLists(output)
    }

    /// The digits of base64 in both alphabets, of hexadecimal too, and the padding.
    private static func isDigit(_ character: Character) -> Bool {
        switch character {
        case "A"..."Z", "a"..."z", "0"..."9", "+", "/", "-", "_", "=": character.isASCII
        default: false
        }
    }

    /// A run of digits as it may be shown. A flag's name and its value are judged apart.
    private static func shown(_ run: String) -> String {
        var output = ""
        var rest = run[...]
        while true {
            let body = rest.prefix { $0 != "=" }
            let equals = rest[body.endIndex...].prefix { $0 == "=" }
            rest = rest[equals.endIndex...]
            guard !rest.isEmpty else { return output + shown(body, padding: equals) }
            // The last equals sign before a value is none of the padding.
            output += shown(body, padding: equals.dropLast()) + "="
        }
    }

    private static func shown(_ body: Substring, padding: Substring) -> String {
        // `--flag=` ends in an equals sign that is no padding.
        let isPadded = !padding.isEmpty && body.count >= 16 && !body.hasPrefix("--")
        return isPadded || looksRandom(body) ? mark : "\(body)\(padding)"
    }

    /// Sixteen digits hold 64 bits at the least; names of that length have few capitals, and no
    /// figures among their letters but for a version at an end.
    private static func looksRandom(_ run: Substring) -> Bool {
        guard run.count >= 16 else { return false }
        // Words joined by dashes, slashes or underscores are told by their parts: no part of a
        // path or a flag is long and mixed.
        let parts = run.split { "-/_+".contains($0) }
        let joins = run.count - parts.reduce(0) { $0 + $1.count }
        if joins > 0, parts.allSatisfy(isWord) { return false }
        return !isWord(run)
    }

    private static func isWord(_ part: Substring) -> Bool {
        let figures = part.count { $0.isNumber }
        let capitals = part.count { $0.isUppercase }
        if figures == part.count { return part.count < 20 }
        return figures * 4 <= part.count && figures <= 4 && capitals <= 4
            && !(figures > 0 && capitals > 1)
    }

    /// Bytes printed one by one, as Go does with `%v`: `[12 240 7 …]`.
    private static func redactByteLists(_ line: String) -> String {
        line.replacing(/(?:(?:0x)?[0-9a-fA-F]{1,3}[ ,]+){11,}(?:0x)?[0-9a-fA-F]{1,3}/, with: mark)
    }
}
