internal import Basics
internal import Foundation
internal import Glibc
internal import Synchronization

/// A socket address, with its text for messages.
struct Endpoint: Sendable, Hashable {
    let family: Int32
    /// A `sockaddr_in` or `sockaddr_in6`.
    let address: [UInt8]
    let text: String
}

/// Turns names into addresses.
enum Resolver {
    private enum Answer {
        case addresses([Endpoint])
        case failure(String)
    }

    /// The system may take as long as it likes over a name, and can't be interrupted, so a thread
    /// of its own asks it, which is left behind when the time is over.
    static func resolve(_ phase: ConnectPhase) throws -> [Endpoint] {
        let host = phase.target.host
        let port = phase.target.port
        if case .addresses(let addresses) = ask(host, port, AI_NUMERICHOST) { return addresses }
        let ready = try WakeUp()
        let answer = AnswerBox()
        Thread.detachNewThread {
            answer.set(ask(host, port, AI_ADDRCONFIG))
            ready.signal()
        }
        try phase.waitFor(ready.descriptor, POLLIN, until: phase.deadline) {
            phase.timeoutFault("its name was looked up")
        }
        switch answer.get() {
        case .addresses(let addresses)? where !addresses.isEmpty: return addresses
        case .failure(let reason)?: throw unknownName(host, reason)
        default: throw unknownName(host, "it has no address")
        }
    }

    private static func unknownName(_ host: String, _ reason: String) -> Fault {
        Fault(
            .unreachable, "the name \(host) can't be resolved: \(reason)",
            hint: "Check the spelling of the address and this machine's DNS.")
    }

    private static func ask(_ host: String, _ port: Int, _ flags: Int32) -> Answer {
        var hints = addrinfo()
        hints.ai_flags = flags | AI_NUMERICSERV
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        defer { if list != nil { freeaddrinfo(list) } }
        guard code == 0 else { return .failure(String(cString: gai_strerror(code))) }
        return .addresses(
            sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }
                .compactMap { $0.flatMap { endpoint($0.pointee) } })
    }

    private static func endpoint(_ info: addrinfo) -> Endpoint? {
        guard let address = info.ai_addr else { return nil }
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen))
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        getnameinfo(
            address, info.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        let text = String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return Endpoint(family: info.ai_family, address: Array(bytes), text: text)
    }

    private final class AnswerBox: Sendable {
        private let answer = Mutex<Answer?>(nil)
        func set(_ value: Answer) { answer.withLock { $0 = value } }
        func get() -> Answer? { answer.withLock { $0 } }
    }
}
