internal import Basics
internal import Foundation
internal import Glibc

/// Decides whether the server is who it is meant to be.
struct HostKeyCheck {
    enum Verdict: Hashable {
        case trusted
        /// No file says anything of the host.
        case unknown
        /// Another key of the same type is known.
        case changed([Fault.Place])
        /// Only keys of other types are known.
        case otherTypes([Fault.Place], types: [String])
        case revoked(Fault.Place)
    }

    let phase: ConnectPhase
    let name: KnownHostName
    let known: [KnownHostEntry]

    /// - Throws: `Fault` unless the key is known, or new and to be accepted.
    func judge(_ key: HostKey) throws {
        switch Self.verdict(key, known) {
        case .trusted: return
        case .unknown:
            guard case .accept(let file) = phase.configuration.hostKeys.unknownHosts else {
                throw unknown(key)
            }
            try KnownHostsFile(path: file).append("\(name.text) \(key.type) \(key.base64)")
        case .changed(let places): throw changed(key, places)
        case .otherTypes(let places, let types): throw otherTypes(key, places, types)
        case .revoked(let place): throw revoked(key, place)
        }
    }

    static func verdict(_ key: HostKey, _ known: [KnownHostEntry]) -> Verdict {
        let same = known.filter { $0.keyBlob == key.blob }
        if let revoked = same.first(where: { $0.marker == .revoked }) {
            return .revoked(revoked.place)
        }
        if !same.isEmpty { return .trusted }
        let others = known.filter { $0.marker == .none }
        if others.isEmpty { return .unknown }
        let sameType = others.filter { $0.keyType == key.type }
        if !sameType.isEmpty { return .changed(sameType.map(\.place)) }
        return .otherTypes(others.map(\.place), types: others.map(\.keyType))
    }

    private func unknown(_ key: HostKey) -> Fault {
        Fault(
            .untrusted,
            "\(phase.target): the host key isn't known: \(key.type) \(key.fingerprint)",
            hint: "Compare it with what `ssh-keygen -lf` prints for /etc/ssh/ssh_host_*_key.pub on "
                + "that machine. If it is right, connect to it with ssh once, or use "
                + "--accept-new-host-keys.")
    }

    private func changed(_ key: HostKey, _ places: [Fault.Place]) -> Fault {
        let lines = places.map(\.description).joined(separator: ", ")
        let removals = Set(places.map(\.file)).sorted().map(removal).joined(separator: " and ")
        return Fault(
            .untrusted,
            "\(phase.target): THE HOST KEY HAS CHANGED: it showed \(key.type) \(key.fingerprint), "
                + "which isn't the key known from \(lines). Somebody may be intercepting "
                + "the connection, or the machine was installed anew. Nothing was sent.",
            hint: "Find out which. Only if it is the right machine, forget the old key: "
                + removals,
            place: places.first)
    }

    private func otherTypes(_ key: HostKey, _ places: [Fault.Place], _ types: [String]) -> Fault {
        let lines = places.map(\.description).joined(separator: ", ")
        let known = Set(types).sorted().joined(separator: ", ")
        let rsa =
            types.contains("ssh-rsa")
            ? " (libssh2 1.10 can't verify RSA host keys of OpenSSH 8.8 or later.)" : ""
        return Fault(
            .untrusted,
            "\(phase.target): the server showed a \(key.type) host key \(key.fingerprint), but "
                + "only \(known) is known of it, from \(lines). Nothing was sent.",
            hint: "Compare the fingerprint with the machine's own, then add the key to the file: "
                + "ssh-keyscan -t \(Self.scanType(key.type)) -p \(name.port) \(name.host)\(rsa)",
            place: places.first)
    }

    private func revoked(_ key: HostKey, _ place: Fault.Place) -> Fault {
        Fault(
            .untrusted,
            "\(phase.target): the host key \(key.type) \(key.fingerprint) is revoked by \(place). "
                + "Nothing was sent.",
            hint: "Give the machine new host keys.", place: place)
    }

    private func removal(_ file: String) -> String {
        "`ssh-keygen -f '\(file)' -R '\(name.text)'`"
    }

    private static func scanType(_ type: String) -> String {
        if type.hasPrefix("ecdsa") { return "ecdsa" }
        return type.hasPrefix("ssh-") ? String(type.dropFirst(4)) : type
    }
}

/// A known_hosts file that learns.
struct KnownHostsFile {
    let path: String

    /// Adds a line with one write at the end, which is atomic against others that do the same. The
    /// file is made, 0600, in a folder 0700, where it doesn't exist.
    func append(_ line: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            if !FileManager.default.fileExists(atPath: folder) {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw failure(error.localizedDescription)
        }
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(systemMessage(errno)) }
        defer { close(descriptor) }
        let text = (endsOpen(descriptor) ? "\n" : "") + line + "\n"
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw failure(systemMessage(errno))
        }
    }

    /// Whether the file's last line lacks its end, so that ours would become part of it.
    private func endsOpen(_ descriptor: Int32) -> Bool {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size > 0 else { return false }
        var last: UInt8 = 0
        return pread(descriptor, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
    }

    private func failure(_ reason: String) -> Fault {
        Fault(
            .failed, "the new host key could not be written to \(path): \(reason)",
            hint: "A key that isn't remembered can't be trusted next time, so nothing was sent.")
    }
}
