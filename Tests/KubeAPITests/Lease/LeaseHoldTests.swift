import Basics
import Testing

@testable import KubeAPI

@Suite struct LeaseHoldTests {
    private typealias Script = LeaseScript

    // MARK: Taking

    @Test("there is none, created with everything that others need to know")
    func created() async throws {
        let script = Script([
            Script.get: [Script.notFound], Script.post: [.status(201, Script.ours(version: 7))],
        ])
        try await script.hold.acquire()
        #expect(script.lines == [Script.get, Script.post])
        #expect(
            script.body(Script.post)
                == #"{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"#
                + #""orchestrator-encryption","annotations":{"orchestrator-encryption/run":"ada","#
                + #""orchestrator-encryption/lock-file":"lock-a"}},"spec":{"holderIdentity":"#
                + #""ada@a","leaseDurationSeconds":30,"acquireTime":"2026-11-21T03:23:20.001002Z","#
                + #""renewTime":"2026-11-21T03:23:20.001002Z","leaseTransitions":0}}"#)
        #expect(script.warnings == [])
        try await script.hold.check()
    }

    @Test("released by the last run, taken at the version that was read")
    func taken() async throws {
        let script = Script([
            Script.get: [.ok(Script.object(version: 5, holder: nil))],
            Script.patch: [.ok(Script.ours(version: 6))],
        ])
        try await script.hold.acquire()
        let body = script.body(Script.patch)
        #expect(body.hasPrefix(#"{"metadata":{"resourceVersion":"5","annotations":"#))
        #expect(body.contains(#""leaseTransitions":5"#))
    }

    @Test("asked for a small write, a renewal and what it took; not held or failing, nil")
    func smallWrites() async throws {
        let script = Script(
            [
                Script.get: [.ok(Script.object(version: 5, holder: nil))],
                Script.patch: [
                    .ok(Script.ours(version: 6)), Script.down, .ok(Script.ours(version: 7)),
                ],
            ], each: .milliseconds(4))
        #expect(await script.smallWrites.make() == nil)
        try await script.hold.acquire()
        #expect(await script.smallWrites.make() == nil)
        let took = try #require(await script.smallWrites.make())
        #expect(took >= .milliseconds(4) && took < .milliseconds(8))
        #expect(script.body(Script.patch, 2).contains(#""resourceVersion":"6""#))
    }

    @Test("a right is lacking, denied before anything is written", arguments: [0, 1, 2])
    func denied(lacking index: Int) async {
        let rights = (0..<3).map { $0 != index }
        let script = Script(
            [:], rights: rights.flatMap { Script.allowed($0) })
        let fault = await faultThrown { try await script.hold.acquire() }
        #expect(fault.code == .denied && fault.hint?.contains("Nothing was touched") == true)
        #expect(fault.message.contains("may not \(["get", "create", "patch"][index]) leases"))
        #expect(script.lines == [])
        let review = script.body(Script.review)
        #expect(review.contains(#""group":"coordination.k8s.io","resource":"leases""#))
        #expect(review.contains(#""namespace":"kube-system""#))
    }

    @Test("its record moves, refused with the holder named and nothing written")
    func alive() async {
        let script = Script([
            Script.get: [
                .ok(Script.object(version: 5)), .ok(Script.object(version: 5)),
                .ok(Script.object(version: 6, renewed: 10)),
            ]
        ])
        let fault = await faultThrown { try await script.hold.acquire() }
        #expect(fault.code == .refused)
        #expect(
            fault.message == "another run is under way on this cluster: bob@b, process 2,"
                + " orchestrator up, since 2026-11-21T03:23:20Z")
        #expect(fault.hint?.contains("Nothing was touched. Wait for it to end") == true)
        #expect(script.lines.allSatisfy { $0 == Script.get })
        #expect(script.warnings.count == 1)
    }

    @Test("its run ends while it is watched, refused all the same")
    func ended() async {
        let script = Script([
            Script.get: [
                .ok(Script.object(version: 5)), .ok(Script.object(version: 6, holder: nil)),
            ]
        ])
        let fault = await faultThrown { try await script.hold.acquire() }
        #expect(fault.code == .refused && fault.message.contains("until a moment ago: bob@b"))
        #expect(script.lines == [Script.get, Script.get])
    }

    @Test("it stands still for its duration, though stored anew: taken over with a warning")
    func expired() async throws {
        // The version alone says nothing: a rewrite moves it.
        let looks = (0...3).map { Answer.ok(Script.object(version: 5 + $0, seconds: 3)) }
        let script = Script([Script.get: looks, Script.patch: [.ok(Script.ours(version: 9))]])
        try await script.hold.acquire()
        #expect(script.clock.slept == [.seconds(1), .seconds(1), .seconds(1)])
        #expect(script.body(Script.patch).contains(#""resourceVersion":"8""#))
        #expect(script.warnings.count == 2)
        #expect(script.warnings.last?.contains("taken over: bob@b, process 2") == true)
        #expect(script.warnings.last?.contains("not renewed it for 3 s") == true)
    }

    @Test("a crashed run's of this machine, taken over at once")
    func sameLock() async throws {
        let script = Script([
            Script.get: [.ok(Script.object(version: 5, lock: "lock-a"))],
            Script.patch: [.ok(Script.ours(version: 6))],
        ])
        try await script.hold.acquire()
        #expect(script.clock.slept == [])
        #expect(script.warnings.count == 1 && script.warnings[0].contains("lock file"))
    }

    @Test("somebody is faster at creating or taking it, refused with that one named")
    func races() async {
        for (first, line, answer) in [
            (Script.notFound, Script.post, Script.exists),
            (.ok(Script.object(version: 5, holder: nil)), Script.patch, Script.conflict),
        ] {
            let script = Script([
                Script.get: [first, .ok(Script.object(version: 6))], line: [answer],
            ])
            let fault = await faultThrown { try await script.hold.acquire() }
            #expect(fault.code == .refused && fault.message.contains("bob@b"))
        }
    }

    @Test("the answer to our creating is lost, found to be ours and renewed before it is held")
    func answerLost() async throws {
        let script = Script(
            [
                Script.get: [Script.notFound, .ok(Script.ours(version: 6))],
                Script.post: [.fault(Fault(.unreachable, "connection reset")), Script.exists],
                Script.patch: [.ok(Script.ours(version: 7)), .ok(Script.ours(version: 8))],
            ], servers: 2)
        try await script.hold.acquire()
        try await script.hold.check()
        await script.hold.renew()
        #expect(
            script.lines == [
                Script.get, Script.post, Script.post, Script.get, Script.patch, Script.patch,
            ])
        for version in [6, 7] {
            #expect(
                script.body(Script.patch, version - 6)
                    == #"{"metadata":{"resourceVersion":"\#(version)"},"spec":{"renewTime":"#
                    + #""2026-11-21T03:23:20.001002Z"}}"#)
        }
    }

    @Test("ours by a lost answer, taken over before it was renewed: refused, never held")
    func answerLostTooLong() async {
        let script = Script(
            [
                Script.get: [
                    Script.notFound, .ok(Script.ours(version: 6)),
                    .ok(Script.object(version: 7)),
                ],
                Script.post: [.fault(Fault(.unreachable, "connection reset")), Script.exists],
                Script.patch: [Script.conflict],
            ], servers: 2)
        let fault = await faultThrown { try await script.hold.acquire() }
        #expect(fault.code == .refused && fault.message.contains("bob@b"))
        #expect(script.exchanger.left == [])
    }

    @Test("taking it fails each time though nobody has it, given up after pauses and said why")
    func setbacks() async {
        let free = Answer.ok(Script.object(version: 5, holder: nil))
        for (found, line, answer) in [
            (free, Script.patch, Script.conflict), (free, Script.patch, Script.notFound),
            (Script.notFound, Script.post, Script.exists),
        ] {
            let script = Script([
                Script.get: Array(repeating: found, count: 5),
                line: Array(repeating: answer, count: 5),
            ])
            let fault = await faultThrown { try await script.hold.acquire() }
            #expect(fault.code == .refused && fault.node == "n1")
            #expect(fault.message.contains("failed, 5 times in a row; at last: "))
            #expect(fault.hint?.contains("kubectl -n kube-system get lease") == true)
            #expect(script.clock.slept == Array(repeating: .seconds(1), count: 4))
            #expect(script.exchanger.left == [])
        }
    }

    @Test("a dead run's is stored anew while it is taken, taken at the next try and told once")
    func takenLater() async throws {
        let looks = (5...9).map { Answer.ok(Script.object(version: $0, seconds: 3)) }
        let script = Script([
            Script.get: looks, Script.patch: [Script.conflict, .ok(Script.ours(version: 10))],
        ])
        try await script.hold.acquire()
        #expect(script.exchanger.left == [])
        #expect(script.warnings.filter { $0.contains("taken over") }.count == 1)
    }

    @Test("a crashed run's of this machine is stored anew while it is taken, taken after a pause")
    func sameLockLater() async throws {
        let script = Script([
            Script.get: (5...6).map { .ok(Script.object(version: $0, lock: "lock-a")) },
            Script.patch: [Script.conflict, .ok(Script.ours(version: 7))],
        ])
        try await script.hold.acquire()
        #expect(script.clock.slept == [.seconds(1)])
        #expect(script.warnings.count == 1 && script.warnings[0].contains("lock file"))
    }

    @Test("the API serves no Leases or lacks the namespace, refused at once with what to do")
    func noPlace() async {
        let script = Script([
            Script.get: [Script.notFound],
            Script.post: [.status(404, "404 page not found")],
        ])
        let fault = await faultThrown { try await script.hold.acquire() }
        #expect(fault.code == .refused && fault.node == "n1")
        #expect(fault.message.contains("has no place for it: HTTP status 404: 404 page not found"))
        #expect(fault.hint?.contains("serves coordination.k8s.io/v1") == true)
        #expect(fault.hint?.contains("namespace kube-system exists") == true)
        #expect(script.clock.slept == [])
    }

    @Test("a node denies or lacks something on the way to its server, the next is asked")
    func nodeFails() async throws {
        for code in [Fault.Code.denied, .notFound, .conflict] {
            let way = Answer.fault(Fault(code, "there is no container kube-apiserver"))
            let script = Script(
                [
                    Script.get: [way, Script.notFound],
                    Script.post: [.status(201, Script.ours(version: 7))],
                    Script.patch: [way, .ok(Script.ours(version: 8))],
                ], servers: 2)
            try await script.hold.acquire()
            #expect(await script.hold.renew() == .seconds(10))
            #expect(script.exchanger.left == [])
        }
    }

    @Test("no server answers, unreachable; while it is watched, patience")
    func unreachable() async {
        let none = Script([Script.review: []], rights: [Script.down])
        #expect(await faultThrown { try await none.hold.acquire() }.code == .unreachable)

        let restarting = Script([
            Script.get: [
                .ok(Script.object(version: 5)), Script.down, Script.down,
                .ok(Script.object(version: 6, renewed: 40)),
            ]
        ])
        let fault = await faultThrown { try await restarting.hold.acquire() }
        #expect(fault.code == .refused && fault.message.contains("bob@b"))
    }

    @Test("one server hangs, the next is asked")
    func hanging() async throws {
        var terms = LeaseTerms()
        // Real time, in which the second server must answer beside all other tests.
        terms.attempt = .seconds(10)
        let script = Script(
            [
                Script.get: [.hang, Script.notFound],
                Script.post: [.status(201, Script.ours(version: 7))],
            ], servers: 2, terms: terms)
        try await script.hold.acquire()
        #expect(script.lines == [Script.get, Script.get, Script.post])
    }

    @Test("answers that make no sense, faults and nothing written")
    func nonsense() async {
        for body in ["", "{", "[]", "{}", #"{"metadata":{"resourceVersion":"x"}}"#] {
            let script = Script([Script.get: [.ok(body)]])
            let fault = await faultThrown { try await script.hold.acquire() }
            #expect(fault.code == .remote && fault.message.hasPrefix("reading lease kube-system/"))
        }
    }

    @Test("a holder with control characters and a huge duration, tamed")
    func hostileRecord() async throws {
        let text = Script.object(
            version: 1, holder: #"bob\u001b[31m\nx"#, seconds: 2_000_000_000)
        let server = APIServer.test([Script.get: [.ok(text)]])
        let record = try #require(try await server.lease(.encryption)).record
        #expect(record.holder == "bob [31m x" && record.durationSeconds == 3600)
    }

    // MARK: Holding

    private func held(
        _ script: [String: [Answer]], terms: LeaseTerms = LeaseTerms()
    ) async throws -> LeaseScript {
        let get = [Script.notFound] + (script[Script.get] ?? [])
        let script = Script(
            script.merging([
                Script.get: get, Script.post: [.status(201, Script.ours(version: 7))],
            ]) { $1 }, terms: terms)
        try await script.hold.acquire()
        return script
    }

    private func pass(_ seconds: Int, _ script: LeaseScript) async throws {
        try await script.clock.clock.sleep(.seconds(seconds))
    }

    @Test("renewed, at the version that the last renewal gave and nothing but the time")
    func renewed() async throws {
        let script = try await held([
            Script.patch: [.ok(Script.ours(version: 8)), .ok(Script.ours(version: 9))]
        ])
        for version in [7, 8] {
            #expect(await script.hold.renew() == .seconds(10))
            #expect(
                script.body(Script.patch, version - 7)
                    == #"{"metadata":{"resourceVersion":"\#(version)"},"spec":{"renewTime":"#
                    + #""2026-11-21T03:23:20.001002Z"}}"#)
        }
    }

    @Test("stored anew by a rewrite, renewed at the newer version")
    func rewritten() async throws {
        let script = try await held([
            Script.get: [.ok(Script.ours(version: 12))],
            Script.patch: [Script.conflict, .ok(Script.ours(version: 13))],
        ])
        #expect(await script.hold.renew() == .seconds(10))
        #expect(script.body(Script.patch, 1).contains(#""resourceVersion":"12""#))
        try await script.hold.check()
    }

    @Test("taken over, released or deleted by somebody else: lost, and told how")
    func lost() async throws {
        for (found, told) in [
            (Answer.ok(Script.object(version: 9)), "it is held by bob@b, process 2"),
            (.ok(Script.object(version: 9, holder: nil, run: "")), "has let go of it since"),
            (Script.notFound, "it was deleted"),
        ] {
            let script = try await held([Script.get: [found], Script.patch: [Script.conflict]])
            await script.hold.renew()
            for _ in 0..<2 {
                let fault = await faultThrown { try await script.hold.check() }
                #expect(fault.code == .conflict && fault.message.contains(told))
                #expect(fault.hint?.contains("orchestrator encrypt status") == true)
            }
            // What isn't ours any more isn't touched.
            await script.hold.release()
            #expect(script.exchanger.left == [])
        }
    }

    @Test("renewals fail for less than the duration, nothing is held up")
    func tolerated() async throws {
        let script = try await held([Script.patch: [Script.down, Script.down]])
        try await pass(29, script)
        #expect(await script.hold.renew() == .seconds(1))
        try await script.hold.check()
        #expect(script.lines.filter { $0 == Script.patch }.count == 1)
    }

    @Test("renewals fail for longer, nothing is begun until one succeeds or it is found lost")
    func heldUp() async throws {
        let script = try await held([
            Script.patch: [Script.down, Script.down, .ok(Script.ours(version: 8))]
        ])
        try await pass(30, script)
        await script.hold.renew()
        try await script.hold.check()
        #expect(script.exchanger.left == [] && script.warnings.count == 1)

        let other = try await held([
            Script.get: [.ok(Script.object(version: 9))],
            Script.patch: [Script.down, Script.conflict],
        ])
        try await pass(30, other)
        #expect(await faultThrown { try await other.hold.check() }.code == .conflict)
    }

    @Test("no server answers for the whole patience, given up with the reason")
    func givenUp() async throws {
        var terms = LeaseTerms()
        terms.patience = .seconds(3)
        let script = try await held(
            [Script.patch: Array(repeating: Script.down, count: 4)], terms: terms)
        try await pass(30, script)
        let fault = await faultThrown { try await script.hold.check() }
        #expect(fault.code == .unreachable && fault.message.contains("nothing new was begun"))
        #expect(script.exchanger.left == [])
    }

    // MARK: Letting go

    @Test("released, without a holder and marks, also after a rewrite; the object stays")
    func released() async throws {
        let script = try await held([
            Script.get: [.ok(Script.ours(version: 12))],
            Script.patch: [Script.conflict, .ok(Script.object(version: 13, holder: ""))],
        ])
        await script.hold.release()
        #expect(
            script.body(Script.patch, 1)
                == #"{"metadata":{"resourceVersion":"12","annotations":{"#
                + #""orchestrator-encryption/run":null,"orchestrator-encryption/lock-file":null}},"#
                + #""spec":{"holderIdentity":"","leaseDurationSeconds":1,"#
                + #""renewTime":"2026-11-21T03:23:20.001002Z"}}"#)
        await script.hold.release()
        await script.hold.renew()
        #expect(script.lines.count == 5)
    }

    @Test("never taken, nothing is asked by check, renewal and release")
    func idle() async throws {
        let script = Script([:])
        try await script.hold.check()
        await script.hold.renew()
        await script.hold.release()
        #expect(script.lines == [])
    }

    @Test("no server answers at the release, given up soon")
    func unreleased() async throws {
        let script = try await held([Script.patch: [Script.down, Script.down, Script.down]])
        await script.hold.release()
        #expect(script.exchanger.left == [])
    }
}
