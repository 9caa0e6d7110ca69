import APIServerSpec
import Testing

@Suite struct HostMountTests {
    @Test(
        "a path of the process, found on the host by the longest one that covers it",
        arguments: [
            ("/etc/kubernetes/ssl/e.yaml", "/etc/kubernetes/ssl/e.yaml"),
            ("/etc/kubernetes/deep/e.yaml", "/srv/deep/e.yaml"),
            ("/etc/kubernetesque/e.yaml", nil),
            ("/one.yaml", "/srv/one.yaml"),
            ("/elsewhere", nil),
        ] as [(String, String?)])
    func hostPath(path: String, expected: String?) {
        let mounts = [
            HostMount(hostPath: "/etc/kubernetes", processPath: "/etc/kubernetes"),
            HostMount(hostPath: "/srv/deep", processPath: "/etc/kubernetes/deep"),
            HostMount(hostPath: "/srv/one.yaml", processPath: "/one.yaml"),
        ]
        #expect(mounts.hostPath(of: path) == expected)
        if let expected { #expect(mounts.processPath(of: expected) == path) }
        #expect(mounts.processPath(of: "/etc/kubernetes/deep/hidden") == nil)
    }
}
