import Basics
import EncryptionModel
import Transition

/// Keys and configs for the tests of this room.
enum Sample {
    static func key(_ name: String, _ provider: LocalProvider = .aescbc) -> LocalKey {
        LocalKey(
            provider: provider, name: name,
            secret: SecretBytes(
                copying: Array((name + String(repeating: ".", count: 32)).utf8.prefix(32))))
    }

    static let entries: [ProviderEntry] = [
        .identity, .key(key("k1")), .key(key("k2")), .key(key("box", .secretbox)),
    ]

    /// Every chain of one to `longest` different entries.
    static func chains(upTo longest: Int) -> [Chain] {
        var found: [[ProviderEntry]] = [[]]
        var all: [Chain] = []
        for _ in 0..<longest {
            found = found.flatMap { head in
                entries.filter { !head.contains($0) }.map { head + [$0] }
            }
            all += found.map { Chain($0) }
        }
        return all
    }

    static func config(_ chain: Chain, for resources: [ResourcePattern] = [.secrets])
        -> ProviderConfig
    {
        ProviderConfig(rules: [.init(resources: resources, chain: chain)])
    }

    /// Every config of one chain, and none.
    static let configs: [ProviderConfig?] = [nil] + chains(upTo: 4).map { config($0) }
    static let shortConfigs: [ProviderConfig?] = [nil] + chains(upTo: 2).map { config($0) }

    static let managed = Wanted.managed(ManagedEncryption())
    static let time = Timestamp(seconds: 1_800_000_000)
}

extension ProviderConfig? {
    /// Whether a server with this config can read what `writer` stored.
    func reads(_ writer: ProviderEntry, of resource: ResourcePattern) -> Bool {
        chain(for: resource).contains(writer)
    }
}

extension Sample {
    /// Pairs of different chains of up to so many entries, or none; of those that differ by the
    /// keys' names only, one.
    static func pairs(upTo length: Int) -> [(Chain?, Chain?)] {
        let chains = [nil] + chains(upTo: length).map(Optional.some)
        var seen: Set<[[Int]]> = []
        return chains.flatMap { from in chains.map { (from, $0) } }.filter { from, to in
            from != to && seen.insert(shape(from, to)).inserted
        }
    }

    /// Keys numbered in the order of their first place.
    private static func shape(_ from: Chain?, _ to: Chain?) -> [[Int]] {
        var numbers: [ProviderEntry: Int] = [.identity: 0]
        return [from, to].map { chain in
            guard let chain else { return [-1] }
            return chain.entries.map { entry in
                if let known = numbers[entry] { return known }
                numbers[entry] = numbers.count
                return numbers[entry] ?? 0
            }
        }
    }
}
