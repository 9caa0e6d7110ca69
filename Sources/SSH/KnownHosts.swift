internal import Basics
internal import Foundation

/// A server as known_hosts names it.
struct KnownHostName: Hashable {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host.lowercased()
        self.port = port
    }

    /// `host`, or `[host]:port` where the port isn't 22.
    var text: String { port == 22 ? host : "[\(host)]:\(port)" }
}

/// One line of a known_hosts file that tells a key.
struct KnownHostEntry: Hashable {
    enum Marker: Hashable {
        case none, revoked
    }

    let marker: Marker
    /// The first field: patterns separated by commas, or `|1|salt|hash`.
    let hosts: String
    let keyType: String
    let keyBlob: [UInt8]
    let place: Fault.Place

    /// Reads a line in the format of sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
    ///
    /// - Returns: nil for comments, empty lines, `@cert-authority` (libssh2 knows no host
    ///   certificates) and lines that make no sense, which OpenSSH overlooks too.
    init?(line: Substring, place: Fault.Place) {
        var fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
        guard let first = fields.first, !first.hasPrefix("#") else { return nil }
        if first == "@revoked" {
            marker = .revoked
            fields = fields.dropFirst()
        } else if first.hasPrefix("@") {
            return nil
        } else {
            marker = .none
        }
        guard fields.count >= 3,
            let data = Data(base64Encoded: String(fields[fields.startIndex + 2]))
        else { return nil }
        hosts = String(fields[fields.startIndex])
        keyType = String(fields[fields.startIndex + 1])
        keyBlob = Array(data)
        self.place = place
        var reader = WireReader(keyBlob)
        guard reader.text() == keyType else { return nil }
    }

    var isHashed: Bool { hosts.hasPrefix("|1|") }

    /// Whether the patterns name the host and no negated one excludes it.
    func matches(_ name: String) -> Bool {
        let patterns = hosts.lowercased().split(separator: ",")
        let isExcluded = patterns.contains {
            $0.hasPrefix("!") && wildcard($0.dropFirst(), matches: name[...])
        }
        return !isExcluded
            && patterns.contains { !$0.hasPrefix("!") && wildcard($0, matches: name[...]) }
    }
}

/// Whether a pattern with `*` and `?` matches the whole text, in a time of at most their product.
func wildcard(_ pattern: Substring, matches text: Substring) -> Bool {
    let pattern = Array(pattern.utf8)
    let text = Array(text.utf8)
    var (p, t) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while t < text.count {
        if p < pattern.count && pattern[p] == UInt8(ascii: "*") {
            star = (p, t)
            p += 1
        } else if p < pattern.count && (pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t]) {
            p += 1
            t += 1
        } else if let last = star {
            star = (last.pattern, last.text + 1)
            p = last.pattern + 1
            t = last.text + 1
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}

/// What the known_hosts files say.
struct KnownHosts {
    /// Larger files are refused rather than read.
    private static let sizeLimit = 32 << 20

    let entries: [KnownHostEntry]

    /// - Throws: `Fault` when a file exists but can't be read.
    init(reading files: [String]) throws {
        entries = try files.flatMap { file in
            try Self.contents(of: file).map { Self.parse($0, file: file) } ?? []
        }
    }

    init(_ text: String, file: String) { entries = Self.parse(text, file: file) }

    private static func parse(_ text: String, file: String) -> [KnownHostEntry] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .compactMap { KnownHostEntry(line: $1, place: .init(file: file, line: $0 + 1)) }
    }

    private static func contents(of file: String) throws -> String? {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            defer { try? handle.close() }
            let data = try handle.read(upToCount: sizeLimit + 1) ?? Data()
            guard data.count <= sizeLimit else {
                throw Fault(.badInput, "\(file) is too large for a known_hosts file")
            }
            return String(decoding: data, as: UTF8.self)
        } catch let error as CocoaError
            where [.fileReadNoSuchFile, .fileNoSuchFile].contains(error.code)
        {
            return nil
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(
                .badInput, "the known_hosts file can't be read: \(error.localizedDescription)",
                hint: "Without it no host key can be verified.", place: .init(file: file))
        }
    }

    /// The entries for the host, in the order of the files.
    ///
    /// As OpenSSH does, a server on another port than 22 may also be known by its plain name.
    ///
    /// - Parameter matchesHash: whether a `|1|salt|hash` is that of a name.
    func entries(
        for name: KnownHostName, matchesHash: (String, String) -> Bool
    ) -> [KnownHostEntry] {
        let exact = entries.filter {
            $0.isHashed ? matchesHash($0.hosts, name.text) : $0.matches(name.text)
        }
        guard exact.isEmpty && name.port != 22 else { return exact }
        return entries.filter {
            $0.isHashed ? matchesHash($0.hosts, name.host) : $0.matches(name.host)
        }
    }
}
