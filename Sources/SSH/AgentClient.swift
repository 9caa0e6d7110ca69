internal import Basics
internal import Glibc

/// Talks to an SSH agent (draft-ietf-sshm-ssh-agent), within the time of the connecting phase.
final class AgentClient {
    struct Identity: Hashable {
        let blob: [UInt8]
        let comment: String
        let algorithm: String
    }

    /// OpenSSH's limit for a message.
    private static let messageLimit = 256 << 10
    private enum Code {
        static let requestIdentities: UInt8 = 11
        static let identitiesAnswer: UInt8 = 12
        static let signRequest: UInt8 = 13
        static let signResponse: UInt8 = 14
    }

    private let path: String
    private let phase: ConnectPhase
    private let descriptor: Int32

    init(path: String, phase: ConnectPhase) throws {
        self.path = path
        self.phase = phase
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0, let address = Self.address(path) else {
            throw Fault(.badInput, "the agent's socket path can't be used")
        }
        let result = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                connect(descriptor, $0.baseAddress, socklen_t(bytes.count))
            }
        }
        guard result == 0 else {
            throw Fault(
                .notFound, "it can't be reached: \(systemMessage(errno).lowercased())",
                hint: "Start ssh-agent, or correct SSH_AUTH_SOCK.")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func address(_ path: String) -> [UInt8]? {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < 108, !bytes.contains(0) else { return nil }
        return withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) } + bytes + [0]
    }

    func identities() throws -> [Identity] {
        let answer = try exchange([Code.requestIdentities])
        var reader = WireReader(answer)
        guard reader.byte() == Code.identitiesAnswer, let count = reader.number() else {
            throw nonsense
        }
        var identities: [Identity] = []
        while !reader.isAtEnd && identities.count < count {
            guard let blob = reader.string(), let comment = reader.string() else { throw nonsense }
            var blobReader = WireReader(blob)
            guard let algorithm = blobReader.text() else { throw nonsense }
            identities.append(
                Identity(
                    blob: blob, comment: String(decoding: comment, as: UTF8.self),
                    algorithm: algorithm))
        }
        return identities
    }

    /// - Returns: the signature without the name of its algorithm.
    func sign(_ data: [UInt8], with identity: Identity, flags: UInt32) throws -> [UInt8] {
        var request = WireWriter()
        request.byte(Code.signRequest)
        request.string(identity.blob)
        request.string(data)
        request.number(flags)
        var reader = WireReader(try exchange(request.bytes))
        guard reader.byte() == Code.signResponse, let signature = reader.string() else {
            throw Fault(.denied, "the agent refused to sign")
        }
        var inner = WireReader(signature)
        guard let algorithm = inner.text(), let bytes = inner.string() else { throw nonsense }
        guard flags == 0 || algorithm == "rsa-sha2-256" else {
            throw Fault(.remote, "the agent can't sign with RSA and SHA-2, only \(algorithm)")
        }
        return bytes
    }

    private var nonsense: Fault { Fault(.remote, "the agent's answer makes no sense") }

    private func exchange(_ request: [UInt8]) throws -> [UInt8] {
        var message = WireWriter()
        message.string(request)
        try transmit(message.bytes)
        var header = WireReader(try receive(4))
        guard let length = header.number(), length > 0, length <= Self.messageLimit else {
            throw nonsense
        }
        return try receive(Int(length))
    }

    private func transmit(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                let rest = $0.baseAddress.map { $0 + sent }
                return send(descriptor, rest, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count } else { try waitUnlessBroken(POLLOUT) }
        }
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let result = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress.map { $0 + received }, count - received, 0)
            }
            if result == 0 { throw Fault(.remote, "the agent closed the connection") }
            if result > 0 { received += result } else { try waitUnlessBroken(POLLIN) }
        }
        return bytes
    }

    /// After a call that failed: waits where it only had to wait.
    private func waitUnlessBroken(_ events: Int32) throws {
        guard errno == EAGAIN || errno == EINTR else {
            throw Fault(.remote, "the agent failed: \(systemMessage(errno).lowercased())")
        }
        try phase.waitFor(descriptor, events, until: phase.deadline) {
            Fault(
                .timedOut, "the agent didn't answer",
                hint: "It may be waiting for a confirmation (`ssh-add -c`) or a locked token.")
        }
    }
}
