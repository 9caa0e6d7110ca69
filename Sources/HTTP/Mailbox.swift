internal import Basics
internal import Synchronization

/// What tasks tell the client's thread, in order.
enum Message: Sendable {
    case start(Transfer, CheckedContinuation<RawAnswer, any Error>)
    /// May come before the `start` of the same transfer, and after its end.
    case cancel(Transfer)
    /// A piece of a task, for the client's thread to run.
    case run(UnownedJob, ClientThreadExecutor)
    case stop(CheckedContinuation<Void, Never>?)
}

/// The one way into the client's thread.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        /// The client's thread waits, or is about to.
        var isAsleep = false
        var isClosed = false
        var traffic = HTTPTraffic()
        var roundTrip: Duration?
    }

    private let state = Mutex(State())
    private let multi: MultiHandle

    init(_ multi: MultiHandle) {
        self.multi = multi
    }

    var traffic: HTTPTraffic { state.withLock { $0.traffic } }
    var roundTrip: Duration? { state.withLock { $0.roundTrip } }

    func post(_ message: Message) {
        let isAccepted = state.withLock { state in
            guard !state.isClosed else { return false }
            state.messages.append(message)
            // A thread that is awake empties the box before it goes to sleep.
            if state.isAsleep {
                state.isAsleep = false
                multi.wakeUp()
            }
            return true
        }
        if !isAccepted { Self.turnAway(message) }
    }

    func takeAll() -> [Message] {
        state.withLock { state in
            defer { state.messages = [] }
            state.isAsleep = false
            return state.messages
        }
    }

    /// Whether the client's thread may wait, since there is nothing in the box; what comes from now
    /// on wakes it, even before it has begun to wait.
    func goToSleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.messages.isEmpty
            return state.isAsleep
        }
    }

    /// - Parameter handshake: nil where no connection was made.
    func count(_ traffic: HTTPTraffic, handshake: Duration?) {
        state.withLock { state in
            state.traffic.sent += traffic.sent
            state.traffic.received += traffic.received
            if let handshake {
                state.roundTrip = min(state.roundTrip ?? handshake, handshake)
            }
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
        case .run(let job, _): globalConcurrentExecutor.enqueue(job)
        case .stop(let continuation): continuation?.resume()
        }
    }
}
