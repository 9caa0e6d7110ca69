internal import CLabLinux
internal import Glibc

/// Stands between the kubelet and one container: starts its first process in namespaces of its
/// own, writes what it says into its log, hands signals on and ends as it does.
public enum ContainerShim {
    /// By this name the program is a shim.
    public static let program = "container-shim"

    // Written once before the handlers are installed; all that a handler may touch.
    nonisolated(unsafe) private static var child: pid_t = 0

    /// - Parameter path: of the container's description.
    public static func run(_ path: String) -> Never {
        do { exit(try status(path)) } catch {
            let line = Array("\(program): \(error)\n".utf8)
            _ = System.writeAll(line, to: 2)
            exit(128)
        }
    }

    private static func status(_ path: String) throws(SystemError) -> Int32 {
        guard lab_die_with_parent() == 0, lab_unshare_container() == 0 else {
            throw SystemError(calling: "unshare")
        }
        let spec = try ContainerSpec(readFrom: path)
        let log = open(spec.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard log >= 0 else { throw SystemError(calling: "open \(spec.log)") }
        let (output, errors) = (try pipe(), try pipe())
        child = try System.spawn(
            ContainerInit.path, [ContainerInit.program, path],
            output: (output.write, errors.write))
        close(output.write)
        close(errors.write)
        for number in [SIGTERM, ContainerRuntime.killSignal] {
            signal(number) { number in
                kill(ContainerShim.child, number == SIGTERM ? SIGTERM : SIGKILL)
            }
        }
        copy([(output.read, "stdout"), (errors.read, "stderr")], to: log)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return System.exitStatus(status)
    }

    private static func pipe() throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw SystemError(calling: "pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Until all who could write have ended.
    private static func copy(_ streams: [(Int32, String)], to log: Int32) {
        var open = streams.map { (descriptor: $0.0, lines: LogLines(stream: $0.1)) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while !open.isEmpty {
            var polled = open.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
            for index in open.indices.reversed() where polled[index].revents != 0 {
                let count = read(open[index].descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                let time = Timestamp.now()
                let text =
                    count > 0
                    ? open[index].lines.take(buffer[..<count], at: time)
                    : open[index].lines.rest(at: time)
                // A full disk loses the log and not the container.
                _ = System.writeAll(text, to: log)
                if count <= 0 { open.remove(at: index) }
            }
        }
    }
}

/// The time of day in the form of container logs.
enum Timestamp {
    /// RFC 3339 with nanoseconds, UTC.
    static func now() -> String {
        var (time, parts) = (timespec(), tm())
        clock_gettime(CLOCK_REALTIME, &time)
        gmtime_r(&time.tv_sec, &parts)
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
            + "T\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
            + ".\(padded(time.tv_nsec, 9))Z"
    }
}
