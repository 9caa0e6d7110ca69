internal import Glibc

/// The log file of one start of a container, where the kubelet has it.
struct ContainerLog {
    let path: String
    /// How often the container was started before, by the logs that are there.
    let attempt: Int
    private let links: String

    init(_ pod: StaticPod, _ container: StaticPod.Container) throws(SystemError) {
        let (namespace, name) = (pod.name.namespace, pod.name.name)
        let folder = "/var/log/pods/\(namespace)_\(name)_\(pod.uid)/\(container.name)"
        try System.makeFolder(folder)
        try System.makeFolder("/var/log/containers")
        let former = System.list(folder).compactMap { Int($0.prefix { $0 != "." }) }
        attempt = former.max().map { $0 + 1 } ?? 0
        path = "\(folder)/\(attempt).log"
        links = "/var/log/containers/\(name)_\(namespace)_\(container.name)"
    }

    /// Makes the link by which log collectors find it.
    func link(_ id: String) {
        let link = "\(links)-\(id).log"
        unlink(link)
        symlink(path, link)
    }
}

/// Writes a container's output as container runtimes do for the kubelet: a time, the stream, and
/// whether the line is whole, before each line.
struct LogLines {
    let stream: String
    private var pending: [UInt8] = []
    /// What is longer is split.
    private static let longest = 16 << 10

    init(stream: String) { self.stream = stream }

    mutating func take(_ bytes: ArraySlice<UInt8>, at time: String) -> [UInt8] {
        var out: [UInt8] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                out += line("F", time)
            } else {
                pending.append(byte)
                if pending.count == Self.longest { out += line("P", time) }
            }
        }
        return out
    }

    /// What came after the last line's end.
    mutating func rest(at time: String) -> [UInt8] { pending.isEmpty ? [] : line("P", time) }

    private mutating func line(_ tag: String, _ time: String) -> [UInt8] {
        defer { pending = [] }
        return Array("\(time) \(stream) \(tag) ".utf8) + pending + [UInt8(ascii: "\n")]
    }
}
