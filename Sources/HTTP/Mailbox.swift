internal import Basics
internal import Synchronization

/// What tasks tell the client's thread, in order.
enum Message: Sendable {
    case start(Transfer, CheckedContinuation<RawAnswer, any Error>)
    /// May come before the `start` of the same transfer, and after its end.
    case cancel(Transfer)
    case stop(CheckedContinuation<Void, Never>?)
}

/// The one way into the client's thread.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        var isClosed = false
        var traffic = HTTPTraffic()
    }

    private let state = Mutex(State())
    private let multi: MultiHandle

    init(_ multi: MultiHandle) {
        self.multi = multi
    }

    var traffic: HTTPTraffic { state.withLock { $0.traffic } }

    func post(_ message: Message) {
        let isAccepted = state.withLock { state in
            guard !state.isClosed else { return false }
            state.messages.append(message)
            // The thread empties the box whenever it wakes, so the first message wakes it for
            // all that follow.
            if state.messages.count == 1 { multi.wakeUp() }
            return true
        }
        if !isAccepted { Self.turnAway(message) }
    }

    func takeAll() -> [Message] {
        state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    func count(_ traffic: HTTPTraffic) {
        state.withLock { state in
            state.traffic.sent += traffic.sent
            state.traffic.received += traffic.received
        }
    }

    /// From now on nothing is accepted and the thread isn't woken any more.
    func close() {
        let messages = state.withLock { state in
            state.isClosed = true
            defer { state.messages = [] }
            return state.messages
        }
        messages.forEach(Self.turnAway)
    }

    private static func turnAway(_ message: Message) {
        switch message {
        case .start(let transfer, let continuation):
            continuation.resume(throwing: Fault.clientShutDown(transfer.request))
        case .cancel: break
        case .stop(let continuation): continuation?.resume()
        }
    }
}
