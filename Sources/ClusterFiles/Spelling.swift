/// Guesses which name was meant by one that isn't known.
enum Spelling {
    /// The nearest of `names`, where it is near enough to be meant.
    static func nearest(to word: String, among names: some Sequence<String>) -> String? {
        let plain = normalized(word)
        let ranked = names.map { name in
            (name: name, distance: distance(Array(plain.utf8), Array(normalized(name).utf8)))
        }
        guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }),
            best.distance <= tolerance(for: best.name)
        else { return nil }
        return best.name
    }

    /// Short names are near to many words by chance.
    private static func tolerance(for name: String) -> Int {
        switch name.utf8.count {
        case ...3: 0
        case ...5: 1
        case ...9: 2
        default: 3
        }
    }

    /// `sshKeyPath`, `ssh-key-path` and `ssh_key_path` are one name.
    private static func normalized(_ name: String) -> String {
        String(name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }.prefix(64))
    }

    /// How many letters must be inserted, dropped, changed or swapped with their neighbour
    /// (optimal string alignment).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                let substitution = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, substitution)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    best = min(best, rows[i - 2][j - 2] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
