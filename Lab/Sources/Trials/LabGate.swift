internal import Foundation
internal import Synchronization

/// Lets so many labs be up at a time: tests that run side by side would make theirs all at once.
final class LabGate: Sendable {
    /// A lab of three nodes keeps a core busy.
    static let shared = LabGate(width: max(2, ProcessInfo.processInfo.activeProcessorCount / 2))

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(free: width)) }

    /// Waits until there is room; first come, first served.
    func enter() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if state.free == 0 {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isOpen { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
