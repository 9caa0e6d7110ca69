/// The command line of a kube-apiserver, read and changed as its own parser sees it.
///
/// pflag takes `--flag=value` and `--flag value`, the last of several counts, and kube-apiserver
/// reads `_` in a flag's name as `-` (k8s.io/component-base/cli/flag, WordSepNormalizeFunc).
public struct ServerArguments: Sendable, Hashable {
    private static let configFlags = [
        ProviderConfigFlag.current.rawValue, ProviderConfigFlag.experimental.rawValue,
    ]
    private static let reloadFlag = "encryption-provider-config-automatic-reload"

    /// All words, the program's own name included.
    public private(set) var words: [String]
    /// How many of them are in the first of the two lists in which containers keep a command line
    /// (Docker: Entrypoint and Cmd; Kubernetes: command and args).
    private var boundary: Int

    public init(_ first: [String], _ second: [String] = []) {
        words = first + second
        boundary = first.count
    }

    public var first: [String] { Array(words[..<boundary]) }
    public var second: [String] { Array(words[boundary...]) }

    /// Whether these are kube-apiserver's: it doesn't start without `--etcd-servers`.
    public var isServer: Bool { !occurrences(of: ["etcd-servers"]).isEmpty }

    /// Nil where it isn't given, or empty, which is the same.
    public var providerConfigPath: String? {
        let value = lastValue(of: Self.configFlags)
        return value?.isEmpty == false ? value : nil
    }

    public var hasAutomaticReload: Bool {
        guard let found = occurrences(of: [Self.reloadFlag]).last else { return false }
        guard let equals = words[found.index].firstIndex(of: "=") else { return true }
        let value = words[found.index][equals...].dropFirst()
        // strconv.ParseBool's words for true.
        return ["1", "t", "T", "true", "TRUE", "True"].contains(value)
    }

    /// The last value given for a flag that takes one.
    public func value(of flag: String) -> String? { lastValue(of: [flag]) }

    /// The values of a flag that may be repeated, each a list with commas.
    public func values(of flag: String) -> [String] {
        occurrences(of: [flag]).compactMap { value(at: $0) }
            .flatMap { $0.split(separator: ",").map(String.init) }
    }

    /// The same command line with the provider config at `path`, or without one.
    ///
    /// An argument that is there keeps its place and its spelling; repetitions of it go, since only
    /// the last one counts; a new one comes last. Without a provider config no server starts that is
    /// told to reload it (`pkg/server/options/etcd.go`), so that argument goes with the other.
    ///
    /// - Parameter reload: where nothing is said about automatic reload yet, it is asked for.
    public func settingProviderConfig(
        _ path: String?, flag: ProviderConfigFlag = .current, reload: Bool = false
    ) -> ServerArguments {
        let reloads = occurrences(of: [Self.reloadFlag])
        let addsReload = path != nil && reload && reloads.isEmpty
        let isRight = path == providerConfigPath && (path != nil || reloads.isEmpty)
        guard !isRight || addsReload else { return self }
        var changed = self
        let kept = path == nil ? nil : occurrences(of: Self.configFlags).last
        let found = occurrences(of: Self.configFlags + (path == nil ? [Self.reloadFlag] : []))
        for occurrence in found.reversed() {
            if let path, let kept, kept.index == occurrence.index {
                let name = words[kept.index].prefix { $0 != "=" }
                let new = kept.width == 2 ? [String(name), path] : ["\(name)=\(path)"]
                changed.words.replaceSubrange(occurrence.range, with: new)
            } else {
                changed.words.removeSubrange(occurrence.range)
                changed.boundary -= occurrence.range.clamped(to: 0..<boundary).count
            }
        }
        if let path, kept == nil { changed.append("--\(flag.rawValue)=\(path)") }
        if addsReload { changed.append("--\(Self.reloadFlag)=true") }
        return changed
    }

    private mutating func append(_ word: String) {
        if second.isEmpty { boundary += 1 }
        words.append(word)
    }

    private struct Occurrence {
        let index: Int
        /// 1 for `--flag=value`, 2 for `--flag value`.
        let width: Int
        var range: Range<Int> { index..<index + width }
    }

    private func occurrences(of flags: [String]) -> [Occurrence] {
        words.indices.compactMap { index in
            guard words[index].hasPrefix("--") else { return nil }
            let name = String(
                words[index].dropFirst(2).prefix { $0 != "=" }.map { $0 == "_" ? "-" : $0 })
            guard flags.contains(name) else { return nil }
            let isAlone = !words[index].contains("=") && name != Self.reloadFlag
            return Occurrence(index: index, width: isAlone && index + 1 < words.count ? 2 : 1)
        }
    }

    private func lastValue(of flags: [String]) -> String? {
        occurrences(of: flags).last.flatMap { value(at: $0) }
    }

    private func value(at occurrence: Occurrence) -> String? {
        if occurrence.width == 2 { return words[occurrence.index + 1] }
        let word = words[occurrence.index]
        return word.firstIndex(of: "=").map { String(word[word.index(after: $0)...]) }
    }
}
