internal import Glibc
internal import StandIn

/// Ends as kube-apiserver does when it can't start: the reason on stderr, status 1.
func fail(_ message: String) -> Never {
    let line = message + "\n"
    _ = line.utf8CString.withUnsafeBytes { write(2, $0.baseAddress, $0.count - 1) }
    exit(1)
}

var environment: [String: String] = [:]
for name in ["STANDIN_VERSION", "STANDIN_FAULTS", "STANDIN_RELOAD_SECONDS"] {
    if let value = getenv(name) { environment[name] = String(cString: value) }
}
if CommandLine.arguments.contains(where: { $0 == "--version" || $0 == "--version=true" }) {
    let named = environment["STANDIN_VERSION"].flatMap(KubernetesVersion.init)
    print("Kubernetes \((named ?? .standard).text)")
    exit(0)
}
let options: ServerOptions
do {
    options = try ServerOptions(
        arguments: Array(CommandLine.arguments.dropFirst()), environment: environment)
} catch {
    fail("Error: \(error)")
}

// Blocked before any thread starts, so that sigwait below is the only one to take them.
signal(SIGPIPE, SIG_IGN)
var stopSignals = sigset_t()
sigemptyset(&stopSignals)
sigaddset(&stopSignals, SIGTERM)
sigaddset(&stopSignals, SIGINT)
pthread_sigmask(SIG_BLOCK, &stopSignals, nil)

let running = Task.detached {
    do { try await StandInServer(options).run() } catch {
        fail("E \"command failed\" err=\"\(error)\"\nError: \(error)")
    }
    // Not `exit`: libcrypto tidies up there, and a request that came meanwhile on a connection
    // that stays would be told that its value can't be decrypted.
    _exit(0)
}
var caught: Int32 = 0
sigwait(&stopSignals, &caught)
running.cancel()
while true { pause() }
