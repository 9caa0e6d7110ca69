import Foundation
import Testing

/// A terminal in the place of this process's standard input and standard error, and what a person
/// does at it. For exit tests, whose process is their own.
struct Terminal {
    private let person: Int32

    // Linux' TIOCSPTLCK and TIOCGPTN, which are macros that Swift doesn't import.
    private static let setLock: UInt = 0x4004_5431, getNumber: UInt = 0x8004_5430

    /// Takes the place of the streams. Should a test hang, its process is ended after a while.
    init() throws {
        alarm(60)
        person = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(person >= 0)
        var (number, isLocked) = (Int32(-1), Int32(0))
        try #require(ioctl(person, Self.setLock, &isLocked) == 0)
        try #require(ioctl(person, Self.getNumber, &number) == 0)
        let program = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        try #require(program >= 0)
        for stream in [STDIN_FILENO, STDERR_FILENO] { try #require(dup2(program, stream) >= 0) }
    }

    /// Runs `act` on a thread of its own when the text was shown.
    func when(shown text: String, _ act: @escaping @Sendable (Terminal) -> Void) {
        let terminal = self
        Thread.detachNewThread {
            terminal.read(until: text)
            act(terminal)
        }
    }

    func read(until text: String) {
        var (shown, byte) = ([UInt8](), UInt8(0))
        while !String(decoding: shown, as: UTF8.self).contains(text) {
            guard Foundation.read(person, &byte, 1) == 1 else { return }
            shown.append(byte)
        }
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(person, bytes, bytes.count)
    }
}
