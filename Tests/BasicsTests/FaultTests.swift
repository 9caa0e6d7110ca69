import Basics
import Testing

@Suite struct FaultTests {
    @Test("a fault with everything, told in the order a person reads it")
    func telling() {
        let fault = Fault(
            .badInput, "unknown field \"adress\"", hint: "Did you mean \"address\"?",
            place: .init(file: "cluster.yml", line: 3, column: 5), node: "cp-1")
        #expect(
            "\(fault)"
                == "cluster.yml:3:5: node cp-1: unknown field \"adress\"\n  Did you mean \"address\"?"
        )
    }

    @Test("wrapped, the code, place, node and hint stay")
    func wrapping() {
        let fault = Fault(.untrusted, "host key changed", hint: "Ask.").on(node: "a").on(node: "b")
            .during("connecting")
        #expect(fault.code == .untrusted && fault.node == "a" && fault.hint == "Ask.")
        #expect(fault.message == "connecting: host key changed")
    }

    @Test("a cancellation, an interruption")
    func cancellation() {
        #expect(Fault(CancellationError()).code == .interrupted)
    }
}
