import Testing

@testable import SSH

@Suite struct PacketWitnessTests {
    private func packet(_ kind: UInt8, channel: UInt32, request: String) -> [UInt8] {
        var writer = WireWriter()
        writer.byte(kind)
        writer.number(channel)
        writer.string(Array(request.utf8))
        writer.byte(0)
        writer.number(0)
        return writer.bytes
    }

    @Test("exit status freed, seen for its channel alone and until forgotten")
    func exitStatus() {
        var witness = PacketWitness()
        packet(98, channel: 7, request: "exit-status").withUnsafeBytes { witness.sawFreed($0) }
        #expect(witness.sawExitStatus(of: 7))
        #expect(!witness.sawExitStatus(of: 0))
        witness.forget(7)
        #expect(!witness.sawExitStatus(of: 7))
    }

    @Test(
        "other memory freed, nothing seen",
        arguments: [
            [], [98], Array(repeating: 98, count: 64),
            Array("b exit-status exit-status exit-status".utf8),
        ] as [[UInt8]])
    func other(_ bytes: [UInt8]) {
        var witness = PacketWitness()
        bytes.withUnsafeBytes { witness.sawFreed($0) }
        packet(98, channel: 7, request: "exit-signal").withUnsafeBytes { witness.sawFreed($0) }
        packet(94, channel: 7, request: "exit-status").withUnsafeBytes { witness.sawFreed($0) }
        #expect(!witness.sawExitStatus(of: 7))
        #expect(witness.confirmedChannel == nil)
    }

    @Test("random memory freed, no trap")
    func randomMemory() {
        var witness = PacketWitness()
        for length in 0..<400 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 88...100) }
            bytes.withUnsafeBytes { witness.sawFreed($0) }
        }
    }
}
