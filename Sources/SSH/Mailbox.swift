internal import Basics
internal import Synchronization

/// Set from any thread, looked at by the connection's thread.
final class CancelFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}

/// What is asked of a connection's thread.
enum Message: Sendable {
    case run(CommandRequest)
    case relay(RelayRequest)
    /// Something was cancelled: look at the flags.
    case lookAtFlags
    case close
}

/// Where requests wait for a connection's thread.
final class Mailbox: Sendable {
    private enum State {
        case open([Message])
        case closed(Fault)
    }

    let wakeUp: WakeUp
    private let state = Mutex(State.open([]))
    /// What waits for the thread to have ended.
    private let ended = Mutex<(isOver: Bool, waiting: [CheckedContinuation<Void, Never>])>(
        (false, []))

    init() throws { wakeUp = try WakeUp() }

    /// - Returns: why the message can't be taken any more; nil where it was.
    func post(_ message: Message) -> Fault? {
        let refusal: Fault? = state.withLock { state in
            switch state {
            case .open(let messages):
                state = .open(messages + [message])
                return nil
            case .closed(let fault):
                return fault
            }
        }
        if refusal == nil { wakeUp.signal() }
        return refusal
    }

    var isClosed: Bool {
        state.withLock { state in
            if case .closed = state { true } else { false }
        }
    }

    func take() -> [Message] {
        state.withLock { state in
            guard case .open(let messages) = state else { return [] }
            state = .open([])
            return messages
        }
    }

    /// Refuses all later messages with `fault` and hands over those that still wait.
    func close(_ fault: Fault) -> [Message] {
        state.withLock { state in
            defer { state = .closed(fault) }
            guard case .open(let messages) = state else { return [] }
            return messages
        }
    }

    /// Called once, by the thread, when it has freed everything.
    func threadEnded() {
        let waiting = ended.withLock { state in
            state.isOver = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isOver = ended.withLock { state in
                if !state.isOver { state.waiting.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }
}
