/// Random numbers that are the same for the same seed (SplitMix64), so that what a sample has
/// found can be tried again.
package struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Which of the trials that could be made are made.
package struct Selection: Sendable {
    /// How many at most; nil for all.
    package let sample: Int?
    package let seed: UInt64
    /// Those alone whose name has this in it; nil for all.
    package let only: String?

    package init(sample: Int? = nil, seed: UInt64 = 0, only: String? = nil) {
        self.sample = sample
        self.seed = seed
        self.only = only
    }

    /// The chosen, in their own order.
    package func chosen<Trial>(
        of trials: [Trial], name: (Trial) -> String
    ) -> [Trial] {
        let named = trials.filter { only.map(name($0).contains) ?? true }
        guard let sample, sample < named.count else { return named }
        var random = SeededRandom(seed: seed)
        return named.indices.shuffled(using: &random).prefix(sample).sorted().map { named[$0] }
    }
}
