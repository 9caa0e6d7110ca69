extension StaticPod.HostPathType {
    enum Step: Equatable {
        case use
        case makeFolder
        case makeFile
        case refuse(String)
    }

    /// What the kubelet does about the path before a pod is started
    /// (`pkg/volume/hostpath/host_path.go`). Where it checks nothing, container runtimes make a
    /// folder of what isn't there.
    func step(for path: String, found: System.FileKind) -> Step {
        func demand(_ kind: System.FileKind, _ words: String) -> Step {
            found == kind ? .use : .refuse("hostPath type check failed: \(path) is not \(words)")
        }
        switch (self, found) {
        case (.unchecked, .absent), (.directoryOrCreate, .absent): return .makeFolder
        case (.unchecked, _): return .use
        case (.fileOrCreate, .absent): return .makeFile
        case (.directoryOrCreate, _), (.directory, _): return demand(.directory, "a directory")
        case (.fileOrCreate, _), (.file, _): return demand(.file, "a file")
        case (.socket, _): return demand(.socket, "a socket file")
        case (.characterDevice, _): return demand(.characterDevice, "a character device")
        case (.blockDevice, _): return demand(.blockDevice, "a block device")
        }
    }

    /// Checks the path, and makes what is to be made.
    func prepare(_ path: String) throws(SystemError) {
        switch step(for: path, found: System.kind(path)) {
        case .use: return
        case .makeFolder: try System.makeFolder(path)
        case .makeFile: try System.touch(path)
        case .refuse(let reason): throw SystemError(description: reason)
        }
    }
}
