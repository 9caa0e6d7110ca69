import Basics
import Testing

@testable import KubeAPI

@Suite struct LeaseWatchTests {
    private static func record(
        _ holder: String?, renewed: Int = 0, seconds: Int = 30, run: String? = nil,
        lock: String? = nil
    ) -> Lease.Record {
        Lease.Record(
            holder: holder, durationSeconds: seconds, acquireTime: nil, renewTime: "\(renewed)",
            transitions: 0, run: run ?? holder, lockFile: lock)
    }

    /// One look: what was found, when (seconds), and what follows.
    private typealias Look = (found: Lease.Record?, at: Int, verdict: LeaseWatch.Verdict)

    private func expect(_ looks: [Look], lock: String? = "ours", _ name: Comment) {
        var watch = LeaseWatch()
        let claim = LeaseClaim(holder: "ada", run: "ada", lockFile: lock)
        for look in looks {
            let at = Duration.seconds(look.at)
            #expect(
                watch.judge(look.found, by: claim, asked: at, answered: at) == look.verdict, name)
        }
    }

    @Test("every history of a Lease, one verdict")
    func verdicts() {
        let (free, bob) = (Self.record(nil), Self.record("bob"))
        func unknown(_ record: Lease.Record, _ left: Int) -> LeaseWatch.Verdict {
            .unknown(record, remaining: .seconds(left))
        }
        expect([(nil, 0, .free)], "there is none")
        expect([(free, 0, .free)], "released")
        expect([(Self.record("ada"), 0, .ours)], "the answer to our own request was lost")
        expect(
            [
                (bob, 0, unknown(bob, 30)), (bob, 29, unknown(bob, 1)),
                (bob, 30, .dead(bob, .expired)),
            ],
            "stands still")
        let short = Self.record("bob", seconds: 3)
        expect(
            [(short, 0, unknown(short, 3)), (short, 3, .dead(short, .expired))],
            "its own duration counts, not ours")
        let renewed = Self.record("bob", renewed: 1)
        expect([(bob, 0, unknown(bob, 30)), (renewed, 9, .alive(renewed))], "renewed")
        let eve = Self.record("eve")
        expect([(bob, 0, unknown(bob, 30)), (eve, 9, .alive(eve))], "somebody else was faster")
        expect([(nil, 0, .free), (eve, 1, .alive(eve))], "made by somebody else meanwhile")
        expect([(free, 0, .free), (eve, 1, .alive(eve))], "taken by somebody else meanwhile")
        expect([(free, 0, .free), (free, 1, .free)], "only its metadata was touched")
        expect([(bob, 0, unknown(bob, 30)), (free, 9, .ended(bob))], "its run has ended")
        expect([(bob, 0, unknown(bob, 30)), (nil, 9, .ended(bob))], "deleted while watched")
        let crashed = Self.record("bob", lock: "ours")
        expect([(crashed, 0, .dead(crashed, .sameLock))], "a dead run's, of this lock file")
        let unlocked = Self.record("bob", lock: nil)
        expect(
            [(unlocked, 0, unknown(unlocked, 30))], lock: nil, "two unknown locks aren't the same")
    }

    @Test("no server answers for a while, that time doesn't count")
    func interrupted() {
        var watch = LeaseWatch()
        let claim = LeaseClaim(holder: "ada", run: "ada", lockFile: nil)
        let bob = Self.record("bob")
        func look(_ at: Int) -> LeaseWatch.Verdict {
            watch.judge(bob, by: claim, asked: .seconds(at), answered: .seconds(at))
        }
        _ = look(0)
        #expect(look(20) == .unknown(bob, remaining: .seconds(10)))
        watch.interrupt()
        #expect(look(100) == .unknown(bob, remaining: .seconds(30)))
        #expect(look(129) == .unknown(bob, remaining: .seconds(1)))
        #expect(look(130) == .dead(bob, .expired))
    }

    @Test("a slow answer, counted from when it was there to when the next was asked for")
    func slowAnswers() {
        var watch = LeaseWatch()
        let claim = LeaseClaim(holder: "ada", run: "ada", lockFile: nil)
        let bob = Self.record("bob")
        _ = watch.judge(bob, by: claim, asked: .zero, answered: .seconds(5))
        let second = watch.judge(bob, by: claim, asked: .seconds(34), answered: .seconds(40))
        #expect(second == .unknown(bob, remaining: .seconds(1)))
    }
}
