import Dispatch

/// Runs tasks one step after another in the order in which they become ready, as an HTTP client's
/// thread does. What a rewrite does with scripted servers then doesn't depend on the machine's load.
final class OneThread: TaskExecutor {
    static let shared = OneThread()

    private let queue = DispatchQueue(label: "scripted servers")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
