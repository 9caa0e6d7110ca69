public import Basics

/// What a server says of the provider config that it has loaded. Which of it there is depends on
/// its version: the hash from 1.34, the moments of reloads from 1.28, with the first one.
public struct LoadedConfig: Sendable, Hashable {
    /// Of the file in force, in lower-case hexadecimal.
    public let sha256: String?
    /// When it last loaded a changed file by itself; by its own clock, which is its node's.
    public let reloaded: Timestamp?
    /// When it last refused to.
    public let refused: Timestamp?

    public init(sha256: String? = nil, reloaded: Timestamp? = nil, refused: Timestamp? = nil) {
        self.sha256 = sha256
        self.reloaded = reloaded
        self.refused = refused
    }
}

extension APIServerProcess {
    /// Whether it runs with exactly the contents of this file: by its own word where it gives one,
    /// else because it was started, or has reloaded, after the file last changed.
    func hasLoaded(_ file: ConfigFile, saying said: LoadedConfig) -> Bool {
        guard isRunning, providerConfigPath == file.path else { return false }
        if let hash = said.sha256 { return hash == file.sha256 }
        if let startedAt, startedAt > file.modified { return true }
        return hasAutomaticReload && said.reloaded.map { $0 > file.modified } ?? false
    }

    /// Whether it would load a changed provider config by itself: it was told to, and it would see
    /// one. A mount of the file alone goes on showing the former file when another takes its name.
    public var reloadsChangedFile: Bool {
        guard isRunning, hasAutomaticReload, let path = providerConfigPath else { return false }
        return mounts.covering(path).map { $0.processPath != path } ?? false
    }
}
