/// Runs tasks on a client's own thread, between one turn of libcurl's and the next.
///
/// A task that waits for an answer and then asks for more is spared two changes of thread for each
/// request, and what the tasks of one turn ask for goes out together. After the client was shut
/// down they run where tasks run that prefer nothing.
final class ClientThreadExecutor: TaskExecutor {
    private let mailbox: Mailbox

    init(_ mailbox: Mailbox) {
        self.mailbox = mailbox
    }

    func enqueue(_ job: consuming ExecutorJob) {
        mailbox.post(.run(UnownedJob(job), self))
    }

    /// To be called on the client's thread.
    func run(_ job: UnownedJob) {
        job.runSynchronously(on: asUnownedTaskExecutor())
    }
}
