internal import Basics

/// A process of a node, as `/proc` tells.
struct NodeProcess: Sendable, Hashable {
    let pid: Int
    let parent: Int
    /// The number of the user who started it (the real one).
    let user: UInt32
    /// As the kernel has it, in ticks since boot; with the number it is one process and no other
    /// until the node is started anew.
    let startTicks: Int
    let startedAt: Timestamp
    let words: [String]
    private let boot: String

    var identity: String { "\(boot)/\(pid)/\(startTicks)" }

    /// - Parameters:
    ///   - line: its number, its user, and the fields of `/proc/PID/stat` from the third on.
    ///   - commandLine: `/proc/PID/cmdline` in hexadecimal.
    /// - Returns: nil for what isn't such a line, and for a process that has ended and is only waited
    ///   for.
    init?(line: some StringProtocol, commandLine: some StringProtocol, clock: NodeClock) {
        let fields = line.split(separator: " ")
        guard fields.count > 21, let pid = Int(fields[0]), let user = UInt32(fields[1]),
            fields[2] != "Z", let parent = Int(fields[3]),
            let ticks = Int(fields[21]), let startedAt = clock.moment(ofTick: ticks),
            let words = Self.words(commandLine)
        else { return nil }
        self.pid = pid
        self.parent = parent
        self.user = user
        startTicks = ticks
        self.startedAt = startedAt
        self.words = words
        boot = clock.boot
    }

    private static func words(_ hexadecimal: some StringProtocol) -> [String]? {
        var bytes: [UInt8] = []
        for pair in hexadecimal.split(separator: " ") {
            guard let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        if bytes.last == 0 { bytes.removeLast() }
        guard !bytes.isEmpty else { return nil }
        return bytes.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// A node's time of day beside the time since it was started.
struct NodeClock: Sendable, Hashable {
    /// The kernel's name for this time that the node has been up.
    let boot: String
    private let now: Timestamp
    private let uptime: Double
    private let ticksPerSecond: Double

    /// Reads `1700000000.123456789 12345.67 100 BOOTID`: the time of day, the seconds since boot,
    /// read after it, how many ticks a second has, and the boot's name.
    init?(_ line: some StringProtocol) {
        let fields = line.split(separator: " ")
        guard fields.count == 4, let seconds = Int64(fields[0].prefix { $0 != "." }),
            let uptime = Double(fields[1]), let ticks = Double(fields[2]), ticks > 0,
            uptime >= 0, uptime < 1e9, 0..<1 << 40 ~= seconds
        else { return nil }
        // Some tools know no nanoseconds and print the letter.
        let digits = fields[0].drop { $0 != "." }.dropFirst()
        let fraction = Int32(String((digits + "000000000").prefix(9))) ?? 0
        now = Timestamp(seconds: seconds, nanoseconds: fraction)
        self.uptime = uptime
        ticksPerSecond = ticks
        boot = String(fields[3])
    }

    /// When the tick was, by the time of day as it is now; a few milliseconds early rather than
    /// late, since a process is judged by whether it started after a file was written.
    func moment(ofTick tick: Int) -> Timestamp? {
        let age = uptime - Double(tick) / ticksPerSecond
        guard tick >= 0, age > -1, age < 1e9 else { return nil }
        let nanoseconds = Int64(now.nanoseconds) - Int64(age * 1e9)
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let borrow: Int64 = remainder < 0 ? 1 : 0
        return Timestamp(
            seconds: now.seconds + quotient - borrow,
            nanoseconds: Int32(remainder + borrow * 1_000_000_000))
    }
}
