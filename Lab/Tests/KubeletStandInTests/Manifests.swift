@testable import KubeletStandIn

/// Manifests for tests.
enum Manifests {
    static let path = "/manifests/pod.yaml"

    /// - Parameter metadata: more lines of it, indented by two.
    static func pod(
        name: String = "server", metadata: String = "", image: String = "server:1",
        flag: String = "--a=1", spec: String = ""
    ) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)
          namespace: kube-system
        \(metadata)
        spec:
          containers:
          - name: main
            image: \(image)
            command: [server, \(flag)]
        \(spec)
        """
    }

    static func decoded(_ text: String, path: String = path) throws -> StaticPod {
        try StaticPod(manifest: Array(text.utf8), path: path, node: "node1")
    }

    static func file(_ name: String, _ text: String) -> FileSource.File {
        FileSource.File(path: "/manifests/\(name)", bytes: Array(text.utf8))
    }
}
