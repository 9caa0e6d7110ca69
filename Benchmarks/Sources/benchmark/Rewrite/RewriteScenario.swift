/// One situation in which all contestants rewrite the same Secrets.
struct RewriteScenario: Sendable, Hashable {
    let servers: Int
    /// Milliseconds that are added to every round trip between operator and servers.
    let roundTrip: Double
    /// KiB of each Secret's value.
    let kibibytes: Int
    /// How many Secrets.
    let count: Int

    /// One server near by and small objects.
    var isBase: Bool { servers == 1 && roundTrip == 0 && kibibytes == 1 }

    /// But for the count.
    func isLike(_ other: RewriteScenario) -> Bool {
        cluster == other.cluster && kibibytes == other.kibibytes
    }

    /// Those that need the same lab.
    var cluster: Cluster { Cluster(servers: servers, roundTrip: roundTrip) }

    struct Cluster: Sendable, Hashable {
        let servers: Int
        let roundTrip: Double

        var told: String {
            "\(servers) server\(servers == 1 ? "" : "s"), \(roundTrip.inMilliseconds)"
        }
    }

    var told: String { "\(count.grouped) of \(kibibytes) KiB, \(cluster.told)" }
}

extension RewriteScenario {
    /// More than this much isn't rewritten: etcd holds 2 GiB by default, every round adds one
    /// copy of all, and the disk would be what is measured.
    static let greatestVolume = 128 << 20

    /// Some 90 minutes with two rounds: a base, and what becomes of it with more objects, great
    /// ones, on a long way, and with three servers.
    static let standard = [
        RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 1000),
        RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 10_000),
        RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 1, count: 100_000),
        RewriteScenario(servers: 1, roundTrip: 0, kibibytes: 100, count: 1000),
        RewriteScenario(servers: 1, roundTrip: 5, kibibytes: 1, count: 1000),
        RewriteScenario(servers: 1, roundTrip: 20, kibibytes: 1, count: 1000),
        RewriteScenario(servers: 3, roundTrip: 0, kibibytes: 1, count: 1000),
    ]

    /// Every size and count at once and every round trip with the base.
    static let full =
        table(
            sizes: [1, 10, 100, 500], counts: [1000, 10_000, 100_000], roundTrips: [0],
            servers: [1, 3])
        + table(sizes: [1], counts: [1000, 10_000], roundTrips: [1, 5, 20], servers: [1, 3])

    /// All combinations but those of too much volume; of a size for which no count is small
    /// enough, there is one with as many hundreds as fit.
    static func table(
        sizes: [Int], counts: [Int], roundTrips: [Double], servers: [Int]
    ) -> [RewriteScenario] {
        servers.flatMap { servers in
            roundTrips.flatMap { roundTrip in
                sizes.flatMap { size in
                    fitting(counts, size: size).map { count in
                        RewriteScenario(
                            servers: servers, roundTrip: roundTrip, kibibytes: size, count: count)
                    }
                }
            }
        }
    }

    private static func fitting(_ counts: [Int], size: Int) -> [Int] {
        let greatest = greatestVolume / (size << 10)
        let fitting = counts.filter { $0 <= greatest }
        return fitting.isEmpty ? [max(100, greatest / 100 * 100)] : fitting
    }
}

extension Double {
    /// Of milliseconds: `5 ms`, `0.5 ms`.
    var inMilliseconds: String {
        (self == rounded() ? String(Int(self)) : String(self)) + " ms"
    }
}
