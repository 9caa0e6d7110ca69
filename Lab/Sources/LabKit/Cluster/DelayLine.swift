internal import Basics
internal import Foundation
internal import Glibc
internal import Synchronization

/// Two Ethernet devices joined by a line that holds every frame for a while, both ways: distance
/// on one machine, for kernels without `netem`.
///
/// The devices are gone when the process that made them ends.
public struct DelayLine: Sendable {
    private let first: Int32
    private let second: Int32
    /// Nanoseconds of one way.
    private let delay: UInt64

    /// Makes both devices.
    ///
    /// - Parameter roundTripTime: in milliseconds; half of it is spent each way.
    public init(between first: String, and second: String, roundTripTime: Double) throws {
        self.first = try Self.makeDevice(first)
        self.second = try Self.makeDevice(second)
        delay = UInt64(max(0, roundTripTime) * 500_000)
    }

    /// Carries frames for ever.
    public func run() -> Never {
        carry(from: first, to: second)
        carry(from: second, to: first)
        while true { sleep(3600) }
    }

    /// One thread stamps what comes, another lets it go when its time has come; since all wait
    /// equally long, they leave in the order in which they came.
    private func carry(from source: Int32, to target: Int32) {
        let held = HeldFrames()
        let delay = delay
        Thread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(source, &buffer, buffer.count)
                // A device that is down can't be read; it comes up in a moment.
                guard count > 0 else {
                    usleep(10_000)
                    continue
                }
                held.append(Frame(due: Self.now() + delay, bytes: Array(buffer[..<count])))
            }
        }.start()
        Thread {
            while true {
                let frame = held.next()
                Self.wait(until: frame.due)
                // As on any Ethernet, a frame that finds no room is lost.
                _ = write(target, frame.bytes, frame.bytes.count)
            }
        }.start()
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func wait(until due: UInt64) {
        let now = now()
        guard due > now else { return }
        var left = timespec(
            tv_sec: Int((due - now) / 1_000_000_000), tv_nsec: Int((due - now) % 1_000_000_000))
        nanosleep(&left, nil)
    }

    /// linux/if_tun.h: `TUNSETIFF`, which takes a `struct ifreq` of 40 bytes with the name in the
    /// first 16 and the flags `IFF_TAP | IFF_NO_PI` behind it.
    private static func makeDevice(_ name: String) throws -> Int32 {
        let descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC)
        var request = [UInt8](repeating: 0, count: 40)
        guard name.utf8.count < 16 else { throw Fault(.usage, "too long a device name: \(name)") }
        request.replaceSubrange(0..<name.utf8.count, with: name.utf8)
        (request[16], request[17]) = (0x02, 0x10)
        guard descriptor >= 0, ioctl(descriptor, 0x4004_54ca, &request) == 0 else {
            throw Fault(
                .failed, "cannot make the device \(name): \(String(cString: strerror(errno)))",
                hint: "a delay needs /dev/net/tun")
        }
        return descriptor
    }
}

private struct Frame {
    /// By the monotonic clock, in nanoseconds.
    let due: UInt64
    let bytes: [UInt8]
}

private final class HeldFrames: Sendable {
    private let frames = Mutex<(waiting: [Frame], taken: Int)>((waiting: [], taken: 0))
    private let count = DispatchSemaphore(value: 0)

    func append(_ frame: Frame) {
        frames.withLock { $0.waiting.append(frame) }
        count.signal()
    }

    /// Waits for one.
    func next() -> Frame {
        count.wait()
        return frames.withLock { frames in
            let frame = frames.waiting[frames.taken]
            frames.taken += 1
            if frames.taken == frames.waiting.count || frames.taken >= 4096 {
                frames.waiting.removeFirst(frames.taken)
                frames.taken = 0
            }
            return frame
        }
    }
}
