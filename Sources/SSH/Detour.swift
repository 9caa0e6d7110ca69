internal import Basics
internal import Synchronization

/// The way to a target through a bastion.
final class Detour: Sendable {
    private let bastion: SSHConnection
    private let fault = Mutex<Fault?>(nil)

    init(bastion: SSHConnection) { self.bastion = bastion }

    /// - Returns: a socket whose bytes the bastion carries to the target, the caller's to close.
    func begin(to target: SSHTarget) throws -> Int32 {
        let (near, far) = try makeSocketPair()
        bastion.relay(descriptor: near, to: .address(host: target.host, port: target.port)) {
            fault in self.fault.withLock { $0 = fault }
        }
        return far
    }

    /// Why the bastion could not carry the bytes; nil where it could.
    func failure(_ target: SSHTarget) -> Fault? {
        guard let fault = fault.withLock({ $0 }) else { return nil }
        let hint =
            "Check that the bastion reaches \(target.host):\(target.port), and that its sshd "
            + "allows it (AllowTcpForwarding)."
        return Fault(
            fault.code == .remote ? .unreachable : fault.code,
            "no connection to \(target) through the bastion: \(fault.message)",
            hint: fault.code == .remote ? hint : fault.hint, cause: fault)
    }
}
