/// What makes one list of words of another, the words that stay left alone.
struct WordEdits {
    private(set) var replacements: [(index: Int, word: String)] = []
    /// In rising order, as the list is now.
    private(set) var removals: [Int] = []
    /// At the end.
    private(set) var additions: [String] = []

    var isEmpty: Bool { replacements.isEmpty && removals.isEmpty && additions.isEmpty }

    init(from old: [String], to new: [String]) {
        let (removed, inserted) = Self.difference(from: old, to: new)
        var (from, to) = (0, 0)
        while from < old.count || to < new.count {
            let (goes, comes) = (removed.contains(from), inserted.contains(to))
            switch (goes, comes) {
            case (true, true): replacements.append((from, new[to]))
            case (true, false): removals.append(from)
            case (false, true): additions.append(new[to])
            case (false, false): break
            }
            if goes || !comes { from += 1 }
            if comes || !goes { to += 1 }
        }
    }

    private static func difference(
        from old: [String], to new: [String]
    ) -> (removed: Set<Int>, inserted: Set<Int>) {
        var (removed, inserted): (Set<Int>, Set<Int>) = ([], [])
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        return (removed, inserted)
    }
}
