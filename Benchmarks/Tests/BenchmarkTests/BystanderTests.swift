import Testing

@testable import benchmark

@Suite struct BystanderTests {
    @Test("a contestant that stands still in turns, requests told apart, and none near a change")
    func parted() {
        let sight = Bystander.Sight(
            began: 100,
            requests: (0..<200).map { .init(due: .milliseconds(50) * $0, milliseconds: 1) })
        // Of ten seconds it stands still for three, from shortly before the 5th.
        let parts = sight.parted(by: [104.98..<107.98])
        #expect(parts.within.requests.count == 56 && parts.outside.requests.count == 136)
        let within = parts.within.requests.map(\.due)
        #expect(within.min() == .milliseconds(5200) && within.max() == .milliseconds(7950))
        let outside = Set(parts.outside.requests.map(\.due))
        #expect(outside.contains(.milliseconds(4950)) && outside.contains(.milliseconds(8200)))
        #expect(!outside.contains(.milliseconds(8150)))
    }

    @Test("a contestant that works through, all of it beside it")
    func unparted() {
        let sight = Bystander.Sight(requests: [.init(due: .zero, milliseconds: 1)])
        #expect(sight.parted(by: []).outside.requests.count == 1)
    }
}
