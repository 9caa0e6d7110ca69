import Basics
import EncryptionModel
import Foundation
import Synchronization
import Testing

@testable import KubeAPI

@Suite(.timeLimit(.minutes(5))) struct RewriterTests {
    @Test("three pages, every stale object patched once and the others left alone")
    func pages() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [
                Scripted.page([("a", "7"), ("b", "101")], continueToken: "t1", remaining: 3)
            ],
            Scripted.listLine(continueToken: "t1"): [
                Scripted.page([("c", "100"), ("d", "99")], continueToken: "t2", remaining: 1)
            ],
            Scripted.listLine(continueToken: "t2"): [Scripted.page([("e", "8")])],
            Scripted.patchLine("a"): [Scripted.stored("102")],
            Scripted.patchLine("c"): [Scripted.stored("103")],
            Scripted.patchLine("d"): [Scripted.stored("104")],
            Scripted.patchLine("e"): [Scripted.stored("105")],
        ])
        let told = Mutex<[RewriteProgress]>([])
        let outcome = try await rewrite([server]) { now in told.withLock { $0.append(now) } }
        #expect(outcome.counts == [5, 4, 1, 0, 0])
        #expect(outcome.bytesReceived == 7000)
        #expect(server.left == [])
        let last = told.withLock { $0.last }
        #expect(last?.total == 5 && last?.done == 5)
    }

    @Test("patches and lists, asked so that only metadata is answered")
    func headers() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1")])],
            Scripted.patchLine("a"): [Scripted.stored("101")],
        ])
        _ = try await rewrite([server])
        let (list, patch) = (server.seen[0], server.seen[1])
        let value = { (request: [(name: String, value: String)], name: String) in
            request.first { $0.name == name }?.value
        }
        #expect(
            value(list.headers, "Accept")
                == "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
        #expect(
            value(patch.headers, "Accept")
                == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
        #expect(value(patch.headers, "Content-Type") == "application/merge-patch+json")
        #expect(patch.body?.exposedText() == "{}")
    }

    @Test("empty list, done with nothing patched")
    func emptyList() async throws {
        let server = ScriptedExchanger([Scripted.listLine(): [Scripted.page([])]])
        #expect(try await rewrite([server]).counts == [0, 0, 0, 0, 0])
    }

    @Test("everything above the watermark, beyond 64 bits too, nothing patched")
    func allAbove() async throws {
        let mark = "99999999999999999999999999"
        let server = ScriptedExchanger([
            Scripted.listLine(): [
                Scripted.page([
                    ("a", "100000000000000000000000000"), ("b", "99999999999999999999999999"),
                ])
            ],
            Scripted.patchLine("b"): [Scripted.stored("100000000000000000000000001")],
        ])
        #expect(try await rewrite([server], watermark: mark).counts == [2, 1, 1, 0, 0])
    }

    @Test(
        "one request at a time, after each a rest twice as long as the server was at it; gently, 29 times its answer",
        arguments: [(RewritePace.auto, 0, 15), (.auto, 2, 9), (.gentle, 2, 145)])
    func rests(pace: RewritePace, roundTrip: Int, rest: Int) async throws {
        let clock = TestClock()
        let script = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "7"), ("b", "8")], continueToken: "t1")],
            Scripted.listLine(continueToken: "t1"): [Scripted.page([("c", "9")])],
            Scripted.patchLine("a"): [Scripted.stored("102")],
            Scripted.patchLine("b"): [Scripted.stored("103")],
            Scripted.patchLine("c"): [Scripted.stored("104")],
        ])
        let server = SlowExchanger(
            script, each: .milliseconds(5), clock: clock.clock,
            roundTrip: .milliseconds(roundTrip))
        let options = RewriteOptions(pace: pace, pageSize: 2, retry: Scripted.retry)
        let outcome = try await Rewriter(
            servers: [APIServer.test(server, node: "n1")], options: options, clock: clock.clock
        ).rewrite(Scripted.secrets, watermark: version("100"))
        #expect(outcome.counts == [3, 3, 0, 0, 0])
        #expect(script.mostInFlight == 1)
        #expect(outcome.duration >= .milliseconds(5 * 5 + 4 * rest))
        #expect(outcome.duration < .milliseconds(5 * 5 + 8 * rest))
    }

    @Test(
        "answers of 5 ms, small writes of 4 or of 2: rests as usual, or as gently once that is known",
        arguments: [(4, 15), (2, 145)])
    func restsOfHeavy(smallWrite: Int, rest: Int) async throws {
        let clock = TestClock()
        let names = (10..<30).map { "o\($0)" }
        var lines = [Scripted.listLine(limit: 20): [Scripted.page(names.map { ($0, "7") })]]
        for (number, name) in names.enumerated() {
            lines[Scripted.patchLine(name)] = [Scripted.stored("\(200 + number)")]
        }
        let script = ScriptedExchanger(lines)
        let server = SlowExchanger(script, each: .milliseconds(5), clock: clock.clock)
        let smallWrites = SmallWrites()
        let takes = Duration.milliseconds(smallWrite)
        smallWrites.are(madeBy: {
            try? await clock.clock.sleep(takes)
            return takes
        })
        let outcome = try await Rewriter(
            servers: [APIServer.test(server, node: "n1")],
            options: RewriteOptions(concurrency: 1, pageSize: 20, retry: Scripted.retry),
            smallWrites: smallWrites,
            clock: clock.clock
        ).rewrite(Scripted.secrets, watermark: version("100"))
        #expect(outcome.counts == [20, 20, 0, 0, 0])
        // Six answers are waited for; at the beginning each is followed by a small write.
        let (asUsual, known) = (6 * (5 + 15), 14 * (5 + rest))
        let between = 6 * 4 * smallWrite
        #expect(outcome.duration >= .milliseconds(asUsual + known - rest))
        #expect(outcome.duration < .milliseconds(2 * asUsual + known + rest + between))
    }

    @Test(
        "pages that nobody asked for, as the pace has them; asked for, kept within bounds",
        arguments: [
            (.auto, nil, 500, 2000), (.fast, nil, 500, 2000), (.gentle, nil, 100, 500),
            (.fast, 40, 40, 40), (.gentle, 40, 40, 40), (.gentle, 1000, 500, 500),
            (.auto, 0, 1, 1), (.auto, 100_000, 10_000, 10_000),
        ] as [(RewritePace, Int?, Int, Int)])
    func pageSize(pace: RewritePace, wanted: Int?, usual: Int, greatest: Int) {
        #expect(
            RewriteOptions(pace: pace, pageSize: wanted).pages
                == ListPages(usual: usual, greatest: greatest))
    }

    @Test("few objects, usual pages; many, not more than fifty pages while they may be greater")
    func pagesOfManyObjects() {
        let pages = ListPages(usual: 500, greatest: 2000)
        #expect(pages.size(isFirst: true, remaining: nil) == 100)
        #expect(pages.size(isFirst: false, remaining: nil) == 500)
        #expect(pages.size(isFirst: false, remaining: 9_900) == 500)
        #expect(pages.size(isFirst: false, remaining: 60_000) == 1200)
        #expect(pages.size(isFirst: false, remaining: 10_000_000) == 2000)
        #expect(ListPages(usual: 20, greatest: 20).size(isFirst: true, remaining: 5) == 20)
    }

    @Test("a list that says how much remains, pages asked for by that")
    func greaterPages() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(limit: 100): [
                Scripted.page([("a", "1")], continueToken: "t1", remaining: 60_000)
            ],
            Scripted.listLine(limit: 1200, continueToken: "t1"): [Scripted.page([("b", "2")])],
            Scripted.patchLine("a"): [Scripted.stored("101")],
            Scripted.patchLine("b"): [Scripted.stored("102")],
        ])
        let outcome = try await rewrite([server], options: RewriteOptions(retry: Scripted.retry))
        #expect(outcome.counts == [2, 2, 0, 0, 0])
    }

    @Test("answer at the watermark, counted as unchanged and not as rewritten")
    func unchanged() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "99"), ("b", "98")])],
            Scripted.patchLine("a"): [Scripted.stored("100")],
            Scripted.patchLine("b"): [Scripted.stored("101")],
        ])
        #expect(try await rewrite([server]).counts == [2, 1, 0, 1, 0])
    }

    @Test("list expired in the middle with a token for the rest, continued with that")
    func expiredWithToken() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1")], continueToken: "t1")],
            Scripted.listLine(continueToken: "t1"): [
                .refusal(410, "Expired", "too old", continueToken: "t2")
            ],
            Scripted.listLine(continueToken: "t2"): [Scripted.page([("b", "2")], version: "150")],
            Scripted.patchLine("a"): [Scripted.stored("101")],
            Scripted.patchLine("b"): [Scripted.stored("102")],
        ])
        #expect(try await rewrite([server]).counts == [2, 2, 0, 0, 0])
    }

    @Test("list expired in the middle without a token, begun anew and what is done skipped")
    func expiredWithoutToken() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [
                Scripted.page([("a", "1")], continueToken: "t1"),
                Scripted.page([("a", "101")], continueToken: "t3"),
            ],
            // The first patch has long been answered when the list turns out to be too old.
            Scripted.listLine(continueToken: "t1"): [
                .refusal(500, "InternalError", "etcd has no leader"),
                .refusal(410, "Expired", "too old"),
            ],
            Scripted.listLine(continueToken: "t3"): [Scripted.page([("b", "2")])],
            Scripted.patchLine("a"): [Scripted.stored("101")],
            Scripted.patchLine("b"): [Scripted.stored("102")],
        ])
        #expect(try await rewrite([server]).counts == [2, 2, 0, 0, 0])
        #expect(server.left == [])
    }

    @Test("list that expires again and again without progress, given up with a reason")
    func expiresForEver() async {
        let server = ScriptedExchanger([
            Scripted.listLine(): Array(
                repeating: .refusal(410, "Expired", "too old to display"), count: 5)
        ])
        let fault = await faultThrown { try await rewrite([server]) }
        #expect(fault.message.contains("expired 5 times") && fault.message.contains("too old"))
    }

    @Test("conflict, tried again; gone meanwhile, done")
    func conflictAndGone() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1"), ("b", "2")])],
            Scripted.patchLine("a"): [
                .refusal(409, "Conflict", "the object has been modified"), Scripted.stored("101"),
            ],
            Scripted.patchLine("b"): [.refusal(404, "NotFound", "secrets b not found")],
        ])
        #expect(try await rewrite([server]).counts == [2, 1, 1, 0, 0])
    }

    @Test("one request at a time and one object in conflict, the others don't wait for it")
    func conflictHoldsUpNobody() async throws {
        let names = (0..<9).map { "s\($0)" }
        let server = ScriptedExchanger(
            [Scripted.listLine(limit: 100): [Scripted.page(names.map { ($0, "1") })]]
                .merging(names.map { (Scripted.patchLine($0), [Scripted.stored("101")]) }) { $1 }
                .merging([
                    Scripted.patchLine("s0"): [
                        .refusal(409, "Conflict", "the object has been modified"),
                        Scripted.stored("101"),
                    ]
                ]) { $1 })
        let options = RewriteOptions(concurrency: 1, retry: Scripted.retry)
        #expect(try await rewrite([server], options: options).counts == [9, 9, 0, 0, 0])
        #expect(
            server.lines.dropFirst() == (names + ["s0"]).map(Scripted.patchLine)[...])
    }

    @Test("429 with Retry-After, waited for as long as asked")
    func retryAfter() async throws {
        let clock = TestClock()
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1")])],
            Scripted.patchLine("a"): [
                .refusal(
                    429, "TooManyRequests", "please wait", headers: [("Retry-After", "7")]),
                Scripted.stored("101"),
            ],
        ])
        #expect(try await rewrite([server], clock: clock).counts == [1, 1, 0, 0, 0])
        #expect(clock.now >= .seconds(7) && clock.now < .seconds(8))
    }

    @Test("429 that asks for an hour, asked again before nothing at all has succeeded for long")
    func greedyRetryAfter() async throws {
        let clock = TestClock()
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1")])],
            Scripted.patchLine("a"): [
                .refusal(429, "TooManyRequests", "wait", headers: [("Retry-After", "3600")]),
                Scripted.stored("101"),
            ],
        ])
        #expect(try await rewrite([server], clock: clock).counts == [1, 1, 0, 0, 0])
        #expect(clock.now >= .seconds(100) && clock.now < .seconds(130))
    }

    @Test("a server that fails at every list, the list had from the other")
    func listElsewhere() async throws {
        let failure = Answer.refusal(500, "InternalError", "etcdserver: no leader")
        for order in [[0, 1], [1, 0]] {
            let bad = ScriptedExchanger([
                Scripted.listLine(): [failure], Scripted.patchLine("a"): [failure],
            ])
            let good = ScriptedExchanger([
                Scripted.listLine(): [Scripted.page([("a", "1")])],
                Scripted.patchLine("a"): [Scripted.stored("101")],
            ])
            let servers = [good, bad]
            #expect(try await rewrite(order.map { servers[$0] }).counts == [1, 1, 0, 0, 0])
        }
    }

    @Test("every object fails at once while nothing succeeds, no object given up for that")
    func quickOutage() async throws {
        let names = (0..<16).map { "s\($0)" }
        let failure = Answer.refusal(500, "InternalError", "etcdserver: no leader")
        let objects = (names + ["last"]).map { ($0, "1") }
        var script = [
            Scripted.listLine(limit: 20): [Scripted.page(objects)],
            Scripted.patchLine("last"): [Scripted.stored("102")],
        ]
        for name in names {
            script[Scripted.patchLine(name)] = [failure, failure, Scripted.stored("101")]
        }
        let options = RewriteOptions(
            pageSize: 20, retry: RetryPolicy(attempts: 2, firstDelay: .seconds(1)))
        let outcome = try await rewrite(
            [ScriptedExchanger(script)], options: options, clock: TestClock())
        #expect(outcome.failedCount == 0 && outcome.rewritten == 17)
    }

    @Test("list expired again and again, each time with another token, given up")
    func expiredForEver() async {
        var script: [String: [Answer]] = [
            Scripted.listLine(): [Scripted.page([("a", "200")], continueToken: "t0")]
        ]
        for number in 0..<1000 {
            script[Scripted.listLine(continueToken: "t\(number)")] = [
                .refusal(410, "Expired", "too old", continueToken: "t\(number + 1)")
            ]
        }
        let fault = await faultThrown { try await rewrite([ScriptedExchanger(script)]) }
        #expect(fault.message.contains("too old"))
    }

    @Test("numbers of what remains that can't be, passed over", arguments: [Int.max, Int.min, -1])
    func absurdRemainder(remaining: Int) async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [
                Scripted.page([("a", "200")], continueToken: "t1", remaining: remaining)
            ],
            Scripted.listLine(continueToken: "t1"): [Scripted.page([("b", "201")])],
        ])
        #expect(try await rewrite([server]).counts == [2, 0, 2, 0, 0])
    }

    @Test("one server answers 503 or not at all, everything done through the other")
    func failover() async throws {
        for trouble in [
            Answer.status(503, "shutting down"), .fault(Fault(.unreachable, "connection refused")),
        ] {
            let bad = ScriptedExchanger([
                Scripted.listLine(): [trouble], Scripted.patchLine("a"): [trouble],
                Scripted.patchLine("b"): [trouble],
            ])
            let good = ScriptedExchanger([
                Scripted.listLine(): [Scripted.page([("a", "1"), ("b", "2")])],
                Scripted.patchLine("a"): [Scripted.stored("101")],
                Scripted.patchLine("b"): [Scripted.stored("102")],
            ])
            #expect(try await rewrite([good, bad]).counts == [2, 2, 0, 0, 0])
        }
    }

    @Test("two servers, both are used")
    func spread() async throws {
        let script = [
            Scripted.listLine(limit: 40): [
                Scripted.page((10..<40).map { ("s\($0)", "1") })
            ]
        ].merging((10..<40).map { (Scripted.patchLine("s\($0)"), [Scripted.stored("101")]) }) { $1 }
        let servers = [ScriptedExchanger(script), ScriptedExchanger(script)]
        let outcome = try await rewrite(
            servers, options: RewriteOptions(pageSize: 40, retry: Scripted.retry))
        #expect(outcome.counts == [30, 30, 0, 0, 0])
        #expect(servers.allSatisfy { $0.lines.count { $0.hasPrefix("PATCH") } >= 10 })
    }

    @Test("webhook denies one object, that one failed by name and the others rewritten")
    func webhookDenial() async throws {
        let denial = Answer.refusal(
            403, "Forbidden", "admission webhook policy.test denied the request: frozen")
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1"), ("b", "2")], continueToken: "t")],
            Scripted.listLine(continueToken: "t"): [Scripted.page([("c", "3")])],
            Scripted.patchLine("a"): [Scripted.stored("101")],
            Scripted.patchLine("b"): [denial, denial],
            Scripted.patchLine("c"): [Scripted.stored("102")],
        ])
        let outcome = try await rewrite([server])
        #expect(outcome.counts == [3, 2, 0, 0, 1])
        #expect(outcome.failed.map(\.object) == ["ns/b"])
        #expect(
            outcome.failed.first?.reason.contains("policy.test denied the request: frozen") == true)
    }

    @Test("500 for one object at every try, failed by name after the tries allowed")
    func poison() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1"), ("b", "2")])],
            Scripted.patchLine("a"): Array(
                repeating: .refusal(500, "InternalError", "invalid padding on input"), count: 4),
            Scripted.patchLine("b"): [Scripted.stored("101")],
        ])
        let outcome = try await rewrite([server])
        #expect(outcome.counts == [2, 1, 0, 0, 1])
        #expect(outcome.failed.first?.reason.contains("invalid padding") == true)
        #expect(server.left == [])
    }

    @Test("more failures than are named, all counted")
    func manyFailures() async throws {
        let names = (10..<40).map { "s\($0)" }
        let denial = Answer.refusal(422, "Invalid", "spec is invalid")
        let server = ScriptedExchanger(
            [Scripted.listLine(limit: 40): [Scripted.page(names.map { ($0, "1") })]]
                .merging(names.map { (Scripted.patchLine($0), [denial, denial]) }) { $1 })
        let options = RewriteOptions(pageSize: 40, retry: Scripted.retry, failuresNamed: 10)
        let outcome = try await rewrite([server], options: options)
        #expect(outcome.counts == [30, 0, 0, 0, 30])
        #expect(outcome.failed.count == 10)
    }

    @Test("nothing answers any more, given up after the patience allowed, told how to go on")
    func outage() async {
        let dead = Answer.fault(Fault(.unreachable, "connection refused"))
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1")])],
            Scripted.patchLine("a"): Array(repeating: dead, count: 200),
        ])
        let clock = TestClock()
        let fault = await faultThrown { try await rewrite([server], clock: clock) }
        #expect(fault.code == .unreachable && fault.message.contains("nothing has succeeded"))
        #expect(fault.hint?.contains("run the same command once more") == true)
        #expect(clock.now > .seconds(110))
    }

    @Test("every object fails there, given up after the patience allowed", arguments: [500, 504])
    func withoutQuorum(status: Int) async {
        let failure = Answer.refusal(status, "InternalError", "etcdserver: request timed out")
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1"), ("b", "2")])],
            Scripted.patchLine("a"): Array(repeating: failure, count: 200),
            Scripted.patchLine("b"): Array(repeating: failure, count: 200),
        ])
        let clock = TestClock()
        let stubborn = RewriteOptions(
            pageSize: 2, retry: RetryPolicy(attempts: 150, firstDelay: .seconds(1)))
        let fault = await faultThrown {
            try await rewrite([server], options: stubborn, clock: clock)
        }
        #expect(fault.message.contains("nothing has succeeded"))
        #expect(fault.message.contains("etcdserver: request timed out"))
        #expect(clock.now > .seconds(110) && clock.now < .seconds(200))
    }

    @Test("credentials not accepted, given up at once")
    func unauthorized() async {
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1")])],
            Scripted.patchLine("a"): [.refusal(401, "Unauthorized", "Unauthorized")],
        ])
        #expect(await faultThrown { try await rewrite([server]) }.code == .unauthenticated)
    }

    @Test("list forbidden, given up with the server's words and the node")
    func listForbidden() async {
        let words = "User ci cannot list resource secrets at the cluster scope"
        let server = ScriptedExchanger([
            Scripted.listLine(): [.refusal(403, "Forbidden", words)]
        ])
        let fault = await faultThrown { try await rewrite([server]) }
        #expect(fault.code == .denied && fault.message.contains(words) && fault.node == "n1")
    }

    static let badLists: [(String, Answer)] = [
        ("not JSON", .ok("<html>login</html>")), ("torn", .ok(#"{"kind":"PartialObjectMetad"#)),
        (
            "whole objects",
            .ok(#"{"kind":"SecretList","metadata":{"resourceVersion":"1"},"items":[]}"#)
        ),
        ("no version", .ok(#"{"kind":"PartialObjectMetadataList","metadata":{},"items":[]}"#)),
        ("nameless object", Scripted.page([("", "1")])),
        ("bad version", Scripted.page([("a", "1x")])),
    ]

    @Test("list that makes no sense, given up after tries and never taken for an empty one")
    func badLists() async {
        for (what, answer) in Self.badLists {
            let server = ScriptedExchanger([
                Scripted.listLine(): Array(repeating: answer, count: 4)
            ])
            let fault = await faultThrown { try await rewrite([server]) }
            #expect(fault.code == .remote, "\(what): \(fault)")
        }
    }

    @Test("patch answered with something else, tried again and then failed by name")
    func badAnswers() async throws {
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1"), ("b", "1")])],
            Scripted.patchLine("a"): [.ok("ok"), Scripted.stored("101")],
            Scripted.patchLine("b"): Array(
                repeating: .ok(#"{"kind":"Secret","metadata":{"resourceVersion":"101"}}"#), count: 4
            ),
        ])
        #expect(try await rewrite([server]).counts == [2, 1, 0, 0, 1])
    }

    @Test("page of 500 objects with huge managedFields, all read")
    func hugeManagedFields() async throws {
        let field = String(repeating: #"\"f:k{}\":{},"#, count: 300)
        let extra =
            #","managedFields":[{"manager":"m","fieldsV1":{"f:x":{"k:{\"a\":\"]}\"}":{".":"\#(field)"}}}}]"#
        let names = (0..<500).map { "s\($0)" }
        let server = ScriptedExchanger(
            [Scripted.listLine(limit: 100): [Scripted.page(names.map { ($0, "1") }, extra: extra)]]
                .merging(names.map { (Scripted.patchLine($0), [Scripted.stored("101")]) }) { $1 })
        let outcome = try await rewrite([server], options: RewriteOptions(retry: Scripted.retry))
        #expect(outcome.counts == [500, 500, 0, 0, 0])
        #expect(server.mostInFlight <= 128)
    }

    @Test("cancelled in the middle, ends at once as interrupted")
    func cancelled() async {
        let server = ScriptedExchanger([
            Scripted.listLine(): [Scripted.page([("a", "1"), ("b", "1")])],
            Scripted.patchLine("a"): [.hang], Scripted.patchLine("b"): [.hang],
        ])
        let options = RewriteOptions(pace: .fast, pageSize: 2, retry: Scripted.retry)
        let task = Task { try await rewrite([server], options: options) }
        while server.lines.count < 3 { await Task.yield() }
        task.cancel()
        do {
            _ = try await task.value
            Issue.record("not cancelled")
        } catch {
            #expect(Fault(error).code == .interrupted)
        }
    }

    @Test("rate capped at 20 a second, 11 requests take half a second")
    func rateCap() async throws {
        let names = (0..<10).map { "s\($0)" }
        let server = ScriptedExchanger(
            [Scripted.listLine(limit: 100): [Scripted.page(names.map { ($0, "1") })]]
                .merging(names.map { (Scripted.patchLine($0), [Scripted.stored("101")]) }) { $1 })
        let clock = TestClock()
        _ = try await rewrite(
            [server], options: RewriteOptions(qps: 20, retry: Scripted.retry), clock: clock)
        #expect(clock.now >= .milliseconds(480) && clock.now <= .milliseconds(600))
    }

    @Test("no server at all, a fault")
    func noServer() async {
        #expect(await faultThrown { try await rewrite([]) }.code == .failed)
    }

    @Test("watermark, the version of a one-object list, from the next server where one fails")
    func watermark() async throws {
        let line = Scripted.listLine(limit: 1)
        let down = APIServer.test([line: [.fault(Fault(.unreachable, "refused"))]])
        let up = APIServer.test([line: [Scripted.page([("a", "3")], version: "4711")]])
        let rewriter = Rewriter(servers: [down, up])
        #expect(try await rewriter.watermark(of: Scripted.secrets) == version("4711"))
    }
}
