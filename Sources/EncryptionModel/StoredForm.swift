/// How one value lies in etcd, told from its first bytes.
public enum StoredForm: Sendable, Hashable {
    case plaintext
    /// `k8s:enc:<provider>:<version>:<key or plugin name>:`
    case encrypted(prefix: String)
}

extension StoredForm: Comparable, CustomStringConvertible {
    /// The word that tables and JSON use: the prefix, or `plaintext`.
    public var description: String {
        switch self {
        case .plaintext: "plaintext"
        case .encrypted(let prefix): prefix
        }
    }

    public static func < (left: StoredForm, right: StoredForm) -> Bool {
        left.description < right.description
    }
}

/// A kind of object as discovery names it: plural and group, `secrets` or `deployments.apps`.
public struct GroupResource: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let resource: String
    /// Empty for the core group.
    public let group: String

    public init(resource: String, group: String = "") {
        self.resource = resource
        self.group = group
    }

    /// The resource that a pattern without a wildcard names: `secrets`, `deployments.apps`,
    /// `volumesnapshots.snapshot.storage.k8s.io`.
    public init(pattern: ResourcePattern) {
        let parts = pattern.text.split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            resource: String(parts.first ?? ""), group: parts.count > 1 ? String(parts[1]) : "")
    }

    public static let secrets = GroupResource(resource: "secrets")

    public var description: String { group.isEmpty ? resource : "\(resource).\(group)" }

    public static func < (left: GroupResource, right: GroupResource) -> Bool {
        left.description < right.description
    }
}

/// What etcd holds: for every resource, how many values are stored in which form.
public struct Evidence: Sendable, Hashable {
    public var counts: [GroupResource: [StoredForm: Int]]
    /// etcd's revision at which all of it was read.
    public var revision: Int64?

    public init(counts: [GroupResource: [StoredForm: Int]] = [:], revision: Int64? = nil) {
        self.counts = counts
        self.revision = revision
    }

    public func total(of resource: GroupResource) -> Int {
        counts[resource, default: [:]].values.reduce(0, +)
    }

    /// How many values of the resource are stored in another form than the given one.
    public func others(than form: StoredForm, of resource: GroupResource) -> Int {
        total(of: resource) - counts[resource, default: [:]][form, default: 0]
    }
}

/// Kubernetes' version of one object or list: a decimal number that may outgrow 64 bits.
///
/// Versions of one resource can be compared (promised from Kubernetes 1.35, true before).
public struct ResourceVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let digits: String

    /// Nil for anything but decimal digits (at most 64).
    public init?(_ text: String) {
        guard (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let significant = text.drop { $0 == "0" }
        digits = significant.isEmpty ? "0" : String(significant)
    }

    public var description: String { digits }

    public static func < (left: ResourceVersion, right: ResourceVersion) -> Bool {
        let (a, b) = (left.digits, right.digits)
        return a.utf8.count == b.utf8.count ? a < b : a.utf8.count < b.utf8.count
    }
}
