import Basics
import Testing

@Suite struct TimestampTests {
    @Test(
        "RFC 3339 as Docker, Kubernetes and stat write it, read to the nanosecond",
        arguments: [
            ("2026-11-21T03:23:20Z", 1_795_231_400, 0),
            ("2026-11-21T03:23:20.123456789Z", 1_795_231_400, 123_456_789),
            ("2026-11-21T03:23:20.5Z", 1_795_231_400, 500_000_000),
            ("2026-11-21T05:23:20+02:00", 1_795_231_400, 0),
            ("1970-01-01T00:00:00.000000001Z", 0, 1),
        ] as [(String, Int64, Int32)])
    func reading(text: String, seconds: Int64, nanoseconds: Int32) {
        #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(
        "anything else, not read",
        arguments: ["", "now", "2026-11-21", "2026-11-21T03:23:20.Z", "."])
    func refusing(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("order and difference, by nanoseconds too")
    func order() {
        let early = Timestamp(seconds: 10, nanoseconds: 900_000_000)
        let late = Timestamp(seconds: 11, nanoseconds: 100_000_000)
        #expect(early < late)
        #expect(late.since(early) == .milliseconds(200))
        #expect(early.description == "1970-01-01T00:00:10Z")
    }
}
