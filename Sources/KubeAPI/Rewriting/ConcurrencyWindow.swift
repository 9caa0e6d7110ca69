/// How many requests may be under way at one server, learnt from how long its answers take.
///
/// A gradient on latency, in the manner of TCP Vegas (Brakmo and Peterson, 1995) and of Netflix's
/// concurrency limits:
///
/// - The *base* is how long an answer takes while hardly anything of ours is under way, at this
///   server or another. It is measured at the beginning, one request at a time, and again every
///   ten seconds, so that the queue that we make ourselves never passes for the server's own pace.
///   It is measured at once where answers come sooner than it: then it was of a bad moment, as
///   just after a server was started, and what was bearable by it isn't. `ServerPool` says when.
/// - After each window of answers, and not before sixteen (of several servers six), their mean is
///   compared with the base and a seventh more. Up to that the window grows: it doubles until it
///   was beyond for the first time, then by half its square root. Beyond, requests only queue, and
///   the cluster's other users with them: it shrinks in proportion. Two requests that were too
///   much, or one or three that were far too much, aren't tried again before the base has been
///   measured anew, and if they are too much then, too, twice as late, up to every minute and a
///   half: going from one request to two doubles what others have to wait for.
/// - A server that says it is overloaded halves it.
///
/// Of several servers each begins with its share of one request in all, and may shrink to that: they
/// have etcd in common, and perhaps a machine. `ServerPool` adds them up, and lets one grow only
/// while none of the others finds its answers late, since what slows one down may be what another
/// asks.
///
/// That bounds what others feel. As long as a server has something free, answers take no longer; a
/// little longer on the average is already much longer for the slowest hundredth, since it is those
/// that find everything taken (docs/performance.md, «What speed costs others»).
///
/// Moments are durations since any fixed start.
struct ConcurrencyWindow {
    private static let firstSizeOfOne = 2.0
    /// Up to this, a size that was far too much isn't tried again for a while; two neither if they
    /// were too much at all.
    private static let coarsest = 3.0
    private static let probeAnswers = 10
    /// The first of a probe may find the server still at what was under way before.
    private static let probeAnswersPassedOver = 2
    /// The slowest may have met a pause of the server's.
    private static let probeAnswersCounted = 6
    private static let probeInterval = Duration.seconds(10)
    private static let tolerance = 1.15
    private static let longestCeiling = Duration.seconds(80)
    /// Fewer would tell more of chance than of the server.
    private static let leastAnswers = 16
    /// Seconds by which answers differ anyhow, on our side of the wire.
    private static let noise = 0.0005

    private struct Probe {
        let begin: Duration
        var seconds: [Double] = []
    }

    private enum Phase {
        case measuring(Probe)
        /// The base is known.
        case measured
        case open
        /// There is no base: answers may take as long as they like.
        case unmeasured
    }

    private let cap: Double
    /// One request's part of this server.
    private let least: Double
    /// To be judged by.
    private let leastAnswers: Int
    private var size: Double
    /// The least size that was far too much, which isn't tried again for a while.
    private var ceiling = Double.infinity
    private var ceilingEnds = Duration.zero
    private var ceilingLasts = probeInterval
    private var isStarting = true
    private var phase: Phase
    /// Whether answers came within what is bearable when they were last judged.
    private(set) var isContent = true
    private var nextProbe: Duration
    /// Of the window under way: when it began, answers and the sum of their seconds. What was begun
    /// before queued with a window of another size.
    private var begin: Duration
    private var answers = 0
    private var seconds = 0.0
    private var base = Double.infinity
    /// Until then signs of overload are echoes of the one that was heeded.
    private var deafUntil = Duration.zero

    /// - Parameter servers: how many have something in common, this one included.
    init(cap: Int, of servers: Int = 1, at now: Duration = .zero) {
        self.cap = Double(cap)
        least = 1 / Double(max(1, servers))
        leastAnswers = max(6, Self.leastAnswers / max(1, servers))
        size = min(servers > 1 ? least : Self.firstSizeOfOne, Double(cap))
        phase = .measuring(Probe(begin: now))
        nextProbe = now + Self.probeInterval
        begin = now
    }

    /// One as wide as the cap whatever answers take, that shrinks only when the server says that it
    /// is overloaded.
    init(unmeasured cap: Int) {
        self.init(cap: cap)
        size = Double(cap)
        phase = .unmeasured
    }

    /// How many requests; less than one where a server has no request of its own all the time.
    var places: Double {
        switch phase {
        case .open, .unmeasured: size
        case .measuring, .measured: 1
        }
    }

    var isMeasuring: Bool {
        if case .measuring = phase { true } else { false }
    }

    /// The base is old.
    func isDue(at now: Duration) -> Bool {
        if case .open = phase { now >= nextProbe } else { false }
    }

    mutating func measureAnew(at now: Duration) {
        guard !isMeasuring else { return }
        phase = .measuring(Probe(begin: now))
        // That was by the former base.
        isContent = true
    }

    /// Ends the narrowness for the sake of measuring, if the base is known.
    mutating func open(at now: Duration) {
        guard case .measured = phase else { return }
        phase = .open
        if now >= ceilingEnds { ceiling = .infinity }
        nextProbe = now + Self.probeInterval
        beginWindow(at: now)
    }

    /// - Parameter mayGrow: whether it does if answers come soon; shrink it always may.
    mutating func answered(after latency: Duration, at now: Duration, mayGrow: Bool = true) {
        switch phase {
        case .measuring(let probe): measure(latency, at: now, probe)
        case .measured: break
        case .open, .unmeasured: count(latency, at: now, mayGrow)
        }
    }

    private mutating func count(_ latency: Duration, at now: Duration, _ mayGrow: Bool) {
        guard now - latency > begin else { return }
        answers += 1
        seconds += latency.inSeconds
        guard answers >= max(Int(size), leastAnswers) else { return }
        judge(mean: seconds / Double(answers), at: now, mayGrow)
        beginWindow(at: now)
    }

    private mutating func measure(_ latency: Duration, at now: Duration, _ probe: Probe) {
        // What was begun before queued with what was under way then.
        guard now - latency > probe.begin else { return }
        var probe = probe
        probe.seconds.append(latency.inSeconds)
        phase = .measuring(probe)
        guard probe.seconds.count >= Self.probeAnswers else { return }
        let counted = probe.seconds.dropFirst(Self.probeAnswersPassedOver).sorted()
            .prefix(Self.probeAnswersCounted)
        base = counted.reduce(0, +) / Double(counted.count)
        phase = .measured
    }

    private mutating func judge(mean: Double, at now: Duration, _ mayGrow: Bool) {
        let bearable = base * Self.tolerance + Self.noise
        let isBaseDoubtful = base.isFinite && mean * Self.tolerance + Self.noise < base
        if isBaseDoubtful { nextProbe = now }
        let requests = (size / least).rounded(.down)
        isContent = mean <= bearable
        if !isContent {
            isStarting = false
            let isFar = mean > bearable * Self.tolerance
            if requests == 2 || (isFar && requests <= Self.coarsest) {
                avoid(requests * least, at: now)
            }
            size *= max(0.5, bearable / mean)
        } else if mayGrow && !isBaseDoubtful {
            if requests > Self.coarsest { ceilingLasts = Self.probeInterval }
            let step = max(0.5, (size / least).squareRoot() / 2) * least
            size = min(cap, isStarting ? size * 2 : size + step)
        }
        // Short of it by more than what sums of shares are off by.
        size = max(least, min(size, ceiling * 0.99))
    }

    private mutating func avoid(_ size: Double, at now: Duration) {
        if ceiling.isInfinite {
            ceilingEnds = now + ceilingLasts
            ceilingLasts = min(ceilingLasts * 2, Self.longestCeiling)
        }
        ceiling = min(ceiling, size)
    }

    /// As if two requests had just been found too much, without the trial: where objects are large,
    /// much of others' slowest hundredth met its sixteen answers (docs/performance.md).
    mutating func keepToOne(at now: Duration) {
        if case .unmeasured = phase { return }
        isStarting = false
        size = least
        ceiling = min(ceiling, 2 * least)
        ceilingEnds = max(ceilingEnds, now + Self.probeInterval)
    }

    /// A server asked for less, or broke down.
    mutating func overloaded(after latency: Duration, at now: Duration) {
        guard now >= deafUntil else { return }
        deafUntil = now + max(latency, .milliseconds(50))
        isStarting = false
        size = max(least, size * 0.5)
        beginWindow(at: now)
    }

    private mutating func beginWindow(at now: Duration) {
        begin = now
        answers = 0
        seconds = 0
    }
}
