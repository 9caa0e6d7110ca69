import Testing

@testable import KubeletStandIn

@Suite("what is started, ended and killed, and when")
struct PodWorkersTests {
    private var workers = PodWorkers()

    private func pod(_ flag: String, metadata: String = "", image: String = "a:1") throws
        -> StaticPod
    {
        try Manifests.decoded(Manifests.pod(metadata: metadata, image: image, flag: flag))
    }

    private mutating func actions(_ pods: [StaticPod], _ seconds: Int) -> [PodWorkers.Action] {
        let wanted = Dictionary(pods.map { ($0.name, $0) }) { _, last in last }
        return workers.actions(wanted: wanted, now: .seconds(seconds))
    }

    @Test("a new pod, started once")
    mutating func start() throws {
        let pod = try pod("--a")
        #expect(actions([pod], 0) == [.start(pod, container: "main")])
        #expect(actions([pod], 1) == [])
        #expect(workers.nextMoment == nil)
    }

    @Test("another content, the old pod ends before the new one starts")
    mutating func replaced() throws {
        let (old, new) = (try pod("--a"), try pod("--b"))
        _ = actions([old], 0)
        #expect(actions([new], 10) == [.end(uid: old.uid, container: "main")])
        #expect(actions([new], 11) == [])
        workers.ended(uid: old.uid, container: "main", now: .seconds(12))
        #expect(actions([new], 12) == [.forget(old), .start(new, container: "main")])
    }

    @Test("a container that doesn't end, killed when its grace period is over")
    mutating func killed() throws {
        let old = try pod("--a")
        _ = actions([old], 0)
        _ = actions([], 10)
        #expect(workers.nextMoment == .seconds(40))
        #expect(actions([], 39) == [])
        #expect(actions([], 40) == [.kill(uid: old.uid, container: "main")])
        #expect(actions([], 50) == [])
        workers.ended(uid: old.uid, container: "main", now: .seconds(50))
        #expect(actions([], 50) == [.forget(old)])
    }

    @Test("the file put back while its pod ends, started anew once it has ended")
    mutating func putBack() throws {
        let pod = try pod("--a")
        _ = actions([pod], 0)
        _ = actions([], 1)
        #expect(actions([pod], 2) == [])
        workers.ended(uid: pod.uid, container: "main", now: .seconds(3))
        #expect(actions([pod], 3).last == .start(pod, container: "main"))
    }

    @Test("a container that ends again and again, waited for longer; another content at once")
    mutating func crashing() throws {
        let (bad, good) = (try pod("--bad"), try pod("--good"))
        _ = actions([bad], 0)
        workers.ended(uid: bad.uid, container: "main", now: .seconds(1))
        #expect(actions([bad], 1).count == 1)
        workers.ended(uid: bad.uid, container: "main", now: .seconds(2))
        #expect(actions([bad], 11) == [])
        #expect(workers.nextMoment == .seconds(12))
        #expect(actions([bad], 12) == [.start(bad, container: "main")])
        workers.ended(uid: bad.uid, container: "main", now: .seconds(13))
        #expect(workers.nextMoment == .seconds(33))
        // Nothing of the old one runs, so nothing is waited for.
        #expect(actions([good], 14) == [.forget(bad), .start(good, container: "main")])
    }

    @Test("a container that can't be made, tried again soon")
    mutating func unmade() throws {
        let pod = try pod("--a")
        _ = actions([pod], 0)
        workers.failedToStart(uid: pod.uid, container: "main", now: .zero)
        #expect(actions([pod], 1) == [])
        #expect(actions([pod], 2) == [.start(pod, container: "main")])
    }

    @Test("an identity that the file fixes, another flag counts at the next start alone")
    mutating func fixed() throws {
        let (old, new) = (
            try pod("--a", metadata: "  uid: abc"), try pod("--b", metadata: "  uid: abc")
        )
        _ = actions([old], 0)
        #expect(actions([new], 1) == [])
        workers.ended(uid: "abc", container: "main", now: .seconds(2))
        #expect(actions([new], 2) == [.start(new, container: "main")])
        let other = try pod("--b", metadata: "  uid: abc", image: "a:2")
        #expect(actions([other], 3) == [.end(uid: "abc", container: "main")])
    }

    @Test("what ends of a pod that is forgotten, changes nothing")
    mutating func late() {
        workers.ended(uid: "never", container: "main", now: .zero)
        workers.failedToStart(uid: "never", container: "main", now: .zero)
        #expect(actions([], 1) == [])
    }
}
