public import Basics
public import EncryptionModel

/// Which Lease: one object of `coordination.k8s.io/v1`.
public struct LeaseName: Sendable, Hashable, CustomStringConvertible {
    public let namespace: String
    public let name: String

    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// What whoever changes the encryption of a cluster holds meanwhile.
    public static let encryption = LeaseName(
        namespace: "kube-system", name: "orchestrator-encryption")

    public var description: String { "lease \(namespace)/\(name)" }
}

/// A Lease as it was read: who holds it, and at which version.
public struct Lease: Sendable, Hashable {
    /// What its holder writes and nobody else. The version isn't part of it: a rewrite, which
    /// stores the object anew and changes nothing, moves the version of a dead holder's Lease too.
    public struct Record: Sendable, Hashable {
        /// For people; nil where nobody holds it.
        public let holder: String?
        /// How long it must stand still until its holder counts as dead, in seconds.
        public let durationSeconds: Int
        /// When the holder took it, by the holder's clock and as it was written.
        public let acquireTime: String?
        /// When the holder last renewed it, by the holder's clock and as it was written.
        public let renewTime: String?
        /// How often it has changed hands.
        public let transitions: Int
        /// Tells the holding run from every other; nil where another program wrote it.
        let run: String?
        /// Identifies the locked file of the holding run; nil where that isn't known.
        let lockFile: String?

        /// Since when it is held, by the holder's clock.
        public var acquired: Timestamp? { acquireTime.flatMap(Timestamp.init(rfc3339:)) }
        public var renewed: Timestamp? { renewTime.flatMap(Timestamp.init(rfc3339:)) }

        /// The holder and since when, for a message.
        public var told: String {
            let who = holder ?? "nobody"
            return acquired.map { "\(who), since \($0)" } ?? who
        }
    }

    public let record: Record
    public let version: ResourceVersion
}

/// Who asks for a Lease.
public struct LeaseClaim: Sendable, Hashable {
    /// For people: user, machine, process, command.
    public let holder: String
    /// No other run has the same.
    public let run: String
    /// Identifies the file whose lock this run holds. A Lease under the same one is a dead run's,
    /// for only one process at a time has the lock. Nil: not known.
    public let lockFile: String?

    public init(holder: String, run: String, lockFile: String?) {
        self.holder = holder
        self.run = run
        self.lockFile = lockFile
    }
}
