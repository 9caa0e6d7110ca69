internal import Glibc

/// Does what starts a process with no signal blocked.
///
/// The threads of Swift's pool block nearly all signals, and a child inherits that: whatever a
/// node's sshd or Engine starts, down to the containers, could then only be killed, not ended.
public func withoutBlockedSignals<Success, Failure: Error>(
    _ start: () throws(Failure) -> Success
) throws(Failure) -> Success {
    var (none, former) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &former)
    defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
    return try start()
}
