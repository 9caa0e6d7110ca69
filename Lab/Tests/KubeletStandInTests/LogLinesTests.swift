import Testing

@testable import KubeletStandIn

@Suite("container logs")
struct LogLinesTests {
    @Test("pieces of lines, written as whole lines; the rest marked as a part")
    func lines() {
        var lines = LogLines(stream: "stderr")
        func taken(_ text: String) -> String {
            String(decoding: lines.take(Array(text.utf8)[...], at: "T"), as: UTF8.self)
        }
        #expect(taken("on") == "")
        #expect(taken("e\n\ntwo") == "T stderr F one\nT stderr F \n")
        #expect(String(decoding: lines.rest(at: "T"), as: UTF8.self) == "T stderr P two\n")
        #expect(lines.rest(at: "T") == [])
    }

    @Test("a line of more than 16 KiB, split")
    func long() {
        var lines = LogLines(stream: "stdout")
        let text = [UInt8](repeating: 0x61, count: 20_000) + [0x0a]
        let out = String(decoding: lines.take(text[...], at: "T"), as: UTF8.self)
        let heads = out.split(separator: "\n").map { $0.prefix(10) }
        #expect(heads == ["T stdout P", "T stdout F"])
        #expect(out.utf8.count == 20_000 + 2 * 12)
    }
}
