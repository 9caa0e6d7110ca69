#if FAILPOINTS
    internal import Glibc
    internal import Synchronization
#endif

/// A named moment of the program at which a test can have it killed.
///
/// Every place before and after something that outlives the process (a file, a container, an
/// object) passes a point, so that a crash can be tried at each of them. Only debug builds have
/// points; in release builds neither code nor names of them remain.
///
/// | variable | effect |
/// | --- | --- |
/// | `ORCHESTRATOR_FAILPOINTS_PASSED` | path of a file to which each passed point's name is appended, a line each |
/// | `ORCHESTRATOR_FAILPOINT` | `name#n` or `name#n+ms`: SIGKILL when the point is passed for the nth time, counted from 1; or so many milliseconds later, in the midst of what follows |
public enum Failpoint {
    /// Passes the point.
    ///
    /// - Parameter name: lower-case words with dots, from the general to the particular; tests and
    ///   their results rely on it.
    @inlinable
    @inline(__always)
    public static func pass(_ name: @autoclosure () -> String) {
        #if FAILPOINTS
            FailpointWatch.shared?.passed(name())
        #endif
    }
}

#if FAILPOINTS
    /// What the environment asks for.
    @usableFromInline
    final class FailpointWatch: Sendable {
        /// Nil when nothing is asked for, so that an ordinary run pays nothing.
        @usableFromInline static let shared = FailpointWatch()

        private let fatal: (name: String, occurrence: Int, delay: UInt32)?
        private let record: Int32?
        private let counts = Mutex<[String: Int]>([:])

        private init?() {
            fatal = Self.variable("ORCHESTRATOR_FAILPOINT").map(Self.parse)
            record = Self.variable("ORCHESTRATOR_FAILPOINTS_PASSED").map {
                open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            }
            if fatal == nil, record == nil { return nil }
        }

        @usableFromInline
        func passed(_ name: String) {
            // Under the lock, so that nothing is recorded after the point at which it ends.
            counts.withLock { counts in
                let count = (counts[name] ?? 0) + 1
                counts[name] = count
                if let record {
                    let line = Array("\(name)\n".utf8)
                    _ = write(record, line, line.count)
                }
                guard let fatal, fatal.name == name, fatal.occurrence == count else { return }
                if fatal.delay == 0 { Self.die() }
                Self.die(after: fatal.delay)
            }
        }

        private static func die() -> Never {
            kill(getpid(), SIGKILL)
            while true { pause() }
        }

        private static func die(after milliseconds: UInt32) {
            let isStarted: Void? = try? OwnThread.start(named: "failpoint") {
                usleep(milliseconds * 1000)
                die()
            }
            if isStarted == nil { die() }
        }

        private static func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }
        }

        private static func parse(_ text: String) -> (String, Int, UInt32) {
            guard let match = text.wholeMatch(of: /([a-zA-Z.]+)#([0-9]+)(?:\+([0-9]+))?/),
                let occurrence = Int(match.2),
                let delay = UInt32(match.3 ?? "0")
            else {
                // A test that is never killed would prove nothing.
                let message = Array("ORCHESTRATOR_FAILPOINT isn't name#n[+ms]: \(text)\n".utf8)
                _ = write(STDERR_FILENO, message, message.count)
                _exit(64)
            }
            return (String(match.1), occurrence, delay)
        }
    }
#endif
