internal import Dispatch
internal import Synchronization

/// A serial executor with a thread of its own, for actors that call into blocking C code.
///
/// Blocking C calls must never run on the cooperative pool, which has one thread per core. The
/// thread starts with the first job and ends when the executor goes and its queue is empty.
public final class BlockingExecutor: SerialExecutor {
    private let queue: JobQueue

    /// - Parameter name: the thread's; see `OwnThread`.
    public init(name: String) {
        let queue = JobQueue()
        self.queue = queue
        do {
            try OwnThread.start(named: name) { queue.run() }
        } catch {
            // Without its thread the actor's tasks would wait for ever.
            preconditionFailure(error.message)
        }
    }

    deinit { queue.close() }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.append { job.runSynchronously(on: executor) }
    }
}

/// What waits for the thread, in order.
private final class JobQueue: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)

    func append(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.waiting.append(job) }
        signal.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        signal.signal()
    }

    func run() {
        while true {
            signal.wait()
            let (jobs, isClosed) = state.withLock { state in
                defer { state.waiting = [] }
                return (state.waiting, state.isClosed)
            }
            for job in jobs { job() }
            if isClosed && jobs.isEmpty { return }
        }
    }
}
