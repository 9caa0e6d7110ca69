internal import Basics
internal import Glibc

/// Runs `body` on a new thread that no signal interrupts.
///
/// Signals stay with the program's other threads; above all, a peer that has gone away can't end
/// the program by SIGPIPE, whichever library does the writing.
func startThread(_ body: @escaping @Sendable () -> Void) throws {
    let work = Unmanaged.passRetained(ThreadWork(body))
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)  // the new thread inherits it
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let status = pthread_create(
        &thread, nil,
        { work in
            guard let work else { return nil }
            Unmanaged<ThreadWork>.fromOpaque(work).takeRetainedValue().body()
            return nil
        }, work.toOpaque())
    guard status == 0 else {
        work.release()
        throw Fault(.failed, "can't start a thread: \(String(cString: strerror(status)))")
    }
    pthread_detach(thread)
}

private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}
