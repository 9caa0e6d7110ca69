import Basics
import EncryptionModel
import Testing

@testable import KubeAPI

/// The machine before servers that answer in the same time however much they are asked for.
@Suite("large objects") struct LargeObjectsTests {
    private static let count = 400

    private struct Course {
        /// Greatest number of patches under way at a time.
        var most = 0
        var smallWrites = 0
        var end = Duration.zero
    }

    private func course(
        _ pace: RewritePace, servers: Int, answers: Duration, smallWrite: Duration?
    ) throws -> Course {
        var machine = RewriteMachine(
            resource: .secrets, servers: (1...servers).map { "n\($0)" },
            watermark: try version("1000"), options: RewriteOptions(pace: pace),
            comparesSmallWrites: smallWrite != nil)
        var course = Course()
        var underWay: [(ends: Duration, work: RewriteMachine.Work, server: Int)] = []
        var now = Duration.zero
        while true {
            switch machine.next(at: now) {
            case .finished:
                course.end = now
                return course
            case .list(_, _, let server):
                try machine.listed(on: server, latency: .zero, at: now, .success(try page()))
            case .patch(let work, let server):
                underWay.append((now + answers, work, server))
                course.most = max(course.most, underWay.count)
            case .smallWrite:
                #expect(underWay.isEmpty)
                course.smallWrites += 1
                now += try #require(smallWrite)
                machine.smallWriteEnded(after: smallWrite, at: now)
            case .wait(let moment):
                guard let next = underWay.min(by: { $0.ends < $1.ends }) else {
                    now = try #require(moment)
                    continue
                }
                if let moment, moment < next.ends {
                    now = moment
                    continue
                }
                now = next.ends
                underWay.removeAll { $0.work.object == next.work.object }
                try machine.patched(
                    next.work, on: next.server, latency: answers, at: now,
                    .success(try version("2000")))
            }
        }
    }

    private func page() throws -> MetadataPage {
        let version = try version("10")
        let objects = (0..<Self.count).map {
            ObjectReference(namespace: "default", name: "o\($0)", version: version)
        }
        return MetadataPage(objects: objects, version: version, continueToken: nil, remaining: nil)
    }

    private func version(_ text: String) throws -> ResourceVersion {
        try #require(ResourceVersion(text))
    }

    @Test(
        "answers far above small writes, never two at a time; else or nobody knows, more",
        arguments: [1, 3])
    func oneAtATime(servers: Int) throws {
        let answers = Duration.milliseconds(15)
        let heavy = try course(.auto, servers: servers, answers: answers, smallWrite: answers / 5)
        #expect(heavy.most == 1)
        // Six answers are waited for, of each server perhaps, and a small write comes every 16.
        let rested = answers * 30 * (Self.count - 7 * servers)
        #expect(heavy.end > rested && heavy.end < answers * 31 * Self.count)
        #expect(heavy.smallWrites > 6 && heavy.smallWrites <= 6 + Self.count / 16)
        let light = try course(.auto, servers: servers, answers: answers, smallWrite: answers)
        #expect(light.most > 4 && light.smallWrites >= 6)
        let unknown = try course(.auto, servers: servers, answers: answers, smallWrite: nil)
        #expect(unknown.most > 4 && unknown.smallWrites == 0)
    }

    @Test("in a hurry, as many as ever, however large")
    func fast() throws {
        let answers = Duration.milliseconds(15)
        let fast = try course(.fast, servers: 1, answers: answers, smallWrite: answers / 5)
        #expect(fast.most == 100 && fast.smallWrites == 0)
        var window = RewritePace.fast.window(100, of: 1)
        window.keepToOne(at: .zero)
        #expect(window.places == 100)
    }

    @Test("not large any more, two at a time when the base is measured anew, and not before")
    func lightAgain() {
        var window = ConcurrencyWindow(cap: 64)
        var (now, wide) = (Duration.zero, Duration?.none)
        while wide == nil && now < .seconds(60) {
            now += .milliseconds(20)
            window.answered(after: .milliseconds(19), at: now)
            if now < .seconds(5) { window.keepToOne(at: now) }
            window.open(at: now)
            if window.isDue(at: now) { window.measureAnew(at: now) }
            if Int(window.places) > 1 { wide = now }
        }
        #expect(wide.map { $0 >= .seconds(15) && $0 < .seconds(30) } == true, "\(wide as Any)")
    }
}
