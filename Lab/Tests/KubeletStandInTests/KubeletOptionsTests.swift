import Testing

@testable import KubeletStandIn

@Suite("the kubelet's command line and configuration")
struct KubeletOptionsTests {
    private func options(_ arguments: [String], _ file: String = "") throws -> KubeletOptions {
        try KubeletOptions(arguments: arguments) { _ in Array(file.utf8) }
    }

    private static let file = """
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        staticPodPath: /etc/kubernetes/manifests/
        fileCheckFrequency: FREQUENCY
        """

    @Test(
        "frequencies, read",
        arguments: [
            ("20s", 20), ("1m30s", 90), ("0s", 20), ("1h", 3600), ("null", 20),
        ] as [(String, Int)])
    func frequency(text: String, seconds: Int) throws {
        let options = try options(
            ["--config=/c", "--kubeconfig", "/k"],
            Self.file.replacing("FREQUENCY", with: text))
        #expect(options.staticPodPath == "/etc/kubernetes/manifests")
        #expect(options.checkFrequency == .seconds(seconds))
    }

    @Test("flags and a file, the flags win")
    func flags() throws {
        let options = try options(
            [
                "--pod-manifest-path=/a", "--config", "/c", "--file-check-frequency", "5s",
                "--v=2",
            ], Self.file.replacing("FREQUENCY", with: "1m"))
        #expect(options.staticPodPath == "/a")
        #expect(options.checkFrequency == .seconds(5))
        #expect(options.configFile == "/c")
    }

    @Test("a file that is no configuration, refused", arguments: ["kind: Pod", "a: [", ""])
    func refused(text: String) {
        #expect(throws: KubeletUsageError.self) { try options(["--config=/c"], text) }
    }
}
