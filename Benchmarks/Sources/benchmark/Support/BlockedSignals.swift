internal import Glibc

/// Does what starts a process with no signal blocked.
///
/// The threads of Swift's pool block nearly all signals, and a child inherits that; a shell that
/// isn't told of its children's ends waits for them for ever.
func withoutBlockedSignals<Success>(_ start: () throws -> Success) rethrows -> Success {
    var (none, former) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &former)
    defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
    return try start()
}
