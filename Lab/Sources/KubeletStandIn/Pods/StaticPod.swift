/// A pod as a manifest file describes it, as far as the stand-in runs it.
public struct StaticPod: Sendable, Equatable {
    /// Namespace and name, by which the kubelet keeps pods apart.
    public struct Name: Sendable, Hashable, Comparable, CustomStringConvertible {
        public let namespace: String
        public let name: String

        public var description: String { "\(namespace)/\(name)" }

        public init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }

        public static func < (left: Name, right: Name) -> Bool {
            (left.namespace, left.name) < (right.namespace, right.name)
        }
    }

    /// The node's name is added to the one in the file, as the kubelet does.
    public let name: Name
    /// 32 hexadecimal digits that follow from the file's path and content, unless the file has one.
    public let uid: String
    public let gracePeriod: Duration
    /// In the order of the file; their names differ.
    public let containers: [Container]
    public let volumes: [String: Volume]

    public struct Container: Sendable, Equatable {
        public let name: String
        public let image: String
        /// `command`, then `args`, references to variables expanded. Never empty: images of the lab
        /// have no entrypoint.
        public let command: [String]
        public let environment: [Variable]
        public let workingDirectory: String
        public let mounts: [Mount]
    }

    public struct Variable: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public struct Mount: Sendable, Equatable {
        /// A name in the pod's `volumes`.
        public let volume: String
        /// In the container, absolute.
        public let path: String
        /// Within the volume; empty for all of it.
        public let subPath: String
        public let isReadOnly: Bool
    }

    public enum Volume: Sendable, Equatable {
        case hostPath(String, HostPathType)
        case emptyDirectory
    }

    /// What has to be at a `hostPath`, by Kubernetes' names.
    public enum HostPathType: String, Sendable, CaseIterable {
        case unchecked = ""
        case directoryOrCreate = "DirectoryOrCreate"
        case directory = "Directory"
        case fileOrCreate = "FileOrCreate"
        case file = "File"
        case socket = "Socket"
        case characterDevice = "CharDevice"
        case blockDevice = "BlockDevice"
    }
}
