import Testing

@testable import KubeletStandIn

@Suite("the files of the folder, and the pods that they ask for")
struct FileSourceTests {
    private var source = FileSource(node: "node1")

    /// The flag of the one pod; nil where there is none.
    private var flag: String? {
        source.pods.values.first?.containers.first?.command.last
    }

    private static func file(_ name: String, _ flag: String) -> FileSource.File {
        Manifests.file(name, Manifests.pod(flag: flag))
    }

    @Test("two files of one pod at a relist, the later name wins whatever its suffix")
    mutating func order() {
        let files = [Self.file("pod.yaml.bak", "--old"), Self.file("pod.yaml", "--new")]
        #expect(source.relist(files) == [])
        #expect(flag == "--old")
        #expect(source.relist([files[1], Self.file(".pod.yaml.tmp", "--hidden")]) == [])
        #expect(flag == "--new")
    }

    @Test("two files of one pod, the one touched last wins until the relist")
    mutating func touched() throws {
        let files = [Self.file("pod.yaml", "--new"), Self.file("pod.yaml.bak", "--old")]
        _ = source.relist(files)
        try source.touched(files[0])
        #expect(flag == "--new")
        try source.touched(Self.file(".hidden", "--hidden"))
        #expect(flag == "--new")
        _ = source.relist(files)
        #expect(flag == "--old")
    }

    @Test("a copy removed, its pod is gone until the relist finds the other file")
    mutating func removedCopy() {
        let files = [Self.file("pod.yaml", "--new"), Self.file("pod.yaml.bak", "--old")]
        _ = source.relist(files)
        source.removed(path: files[1].path)
        #expect(source.pods.isEmpty)
        _ = source.relist([files[0]])
        #expect(flag == "--new")
        source.removed(path: "/manifests/never.yaml")
        #expect(flag == "--new")
    }

    @Test("a file that isn't a pod any more, stays at the event and goes at the relist")
    mutating func broken() throws {
        let other = Manifests.file("other.yaml", Manifests.pod(name: "other"))
        _ = source.relist([Self.file("pod.yaml", "--a"), other])
        let bad = Manifests.file("pod.yaml", "a: [")
        #expect(throws: ManifestError.self) { try source.touched(bad) }
        #expect(source.pods.count == 2)
        #expect(source.relist([bad, other]).count == 1)
        #expect(source.pods.keys.map(\.name) == ["other-node1"])
    }

    @Test("no file is a pod, all are gone; and come back with the first that is touched")
    mutating func nothing() throws {
        let other = Manifests.file("other.yaml", Manifests.pod(name: "other"))
        _ = source.relist([Self.file("pod.yaml", "--a"), other])
        #expect(source.relist([Manifests.file("pod.yaml", "")]).count == 1)
        #expect(source.pods.isEmpty)
        // The kubelet's store isn't emptied by an empty folder.
        try source.touched(other)
        #expect(source.pods.count == 2)
    }
}
