/// What is to be different in a kube-apiserver's manifest.
public struct ManifestChange: Sendable, Hashable {
    /// As in `ServerArguments.settingProviderConfig(_:flag:reload:)`.
    public enum Argument: Sendable, Hashable {
        case keep
        case set(path: String, flag: ProviderConfigFlag, reload: Bool)
        case remove
    }

    public var argument: Argument
    /// A folder of the host that the server is to see at the same path, where it doesn't see the
    /// config's path yet. The mount goes when the argument goes, or when it isn't needed any more.
    public var mount: String?
    /// The value of the annotation `APIServerManifest.stampKey`; nil takes the annotation away.
    public var stamp: String?

    public init(argument: Argument, mount: String? = nil, stamp: String? = nil) {
        self.argument = argument
        self.mount = mount
        self.stamp = stamp
    }
}
