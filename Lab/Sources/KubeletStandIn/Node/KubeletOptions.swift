internal import Glibc
internal import StandIn

/// Why the kubelet can't start.
public struct KubeletUsageError: Error, CustomStringConvertible {
    public let description: String
}

/// What the stand-in takes of the kubelet's command line and of its configuration file; flags win.
public struct KubeletOptions: Sendable, Equatable {
    public private(set) var staticPodPath = ""
    /// How often the folder is read as a whole.
    public private(set) var checkFrequency = Duration.seconds(20)
    public private(set) var configFile = ""

    /// - Parameters:
    ///   - arguments: without the program's name. Flags that mean nothing here are passed over.
    ///   - read: gives the bytes of the configuration file.
    public init(
        arguments: [String], read: (String) throws -> [UInt8]
    ) throws(KubeletUsageError) {
        let flags = Self.flags(arguments)
        if let path = flags["config"] {
            configFile = path
            try take(configuration: path, read)
        }
        if let path = flags["pod-manifest-path"] { staticPodPath = path }
        if let text = flags["file-check-frequency"] { checkFrequency = try Self.duration(text) }
        while staticPodPath.count > 1, staticPodPath.hasSuffix("/") { staticPodPath.removeLast() }
    }

    /// `--name=value` and `--name value`.
    private static func flags(_ arguments: [String]) -> [String: String] {
        var (flags, rest) = ([String: String](), arguments[...])
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else { continue }
            let halves = argument.dropFirst(2).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if halves.count > 1 {
                flags[String(halves[0])] = String(halves[1])
            } else if let value = rest.first, !value.hasPrefix("--") {
                flags[String(halves[0])] = rest.popFirst()
            }
        }
        return flags
    }

    private mutating func take(
        configuration path: String, _ read: (String) throws -> [UInt8]
    ) throws(KubeletUsageError) {
        let root: JSON
        do { root = try YAMLDocument(read(path)).root } catch {
            throw KubeletUsageError(
                description: "failed to load kubelet config file, path: \(path), error: \(error)")
        }
        guard root["kind"]?.string == "KubeletConfiguration" else {
            throw KubeletUsageError(description: "\(path) is no KubeletConfiguration")
        }
        staticPodPath = root["staticPodPath"]?.string ?? ""
        if let text = root["fileCheckFrequency"]?.string {
            let told = try Self.duration(text)
            if told > .zero { checkFrequency = told }
        }
    }

    /// Go's durations, as far as anybody writes them here: `20s`, `1m30s`, `0s`.
    private static func duration(_ text: String) throws(KubeletUsageError) -> Duration {
        let units: [Character: Double] = ["h": 3600, "m": 60, "s": 1]
        var (total, number) = (0.0, "")
        for character in text {
            guard let unit = units[character] else {
                number.append(character)
                continue
            }
            guard let value = Double(number) else { break }
            (total, number) = (total + value * unit, "")
        }
        guard number.isEmpty, !text.isEmpty else {
            throw KubeletUsageError(description: "not a duration: \(text)")
        }
        return .seconds(total)
    }
}
