internal import Glibc

/// One line on stderr in the form of kube-apiserver's log; `severity` is I, W, E or F.
package func logLine(_ severity: String, _ message: String) {
    let now = WallTime.now()
    let text = now.rfc3339Micro
    // "2026-11-21T03:45:55.123456Z" becomes "1121 03:45:55.123456".
    let date = text.dropFirst(5).prefix(5).filter { $0 != "-" }
    let clock = text.dropFirst(11).dropLast()
    let line = "\(severity)\(date) \(clock) \(getpid()) stand-in] \(message)\n"
    _ = line.utf8CString.withUnsafeBytes { write(2, $0.baseAddress, $0.count - 1) }
}
