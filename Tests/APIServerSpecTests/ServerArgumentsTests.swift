import APIServerSpec
import Testing

@Suite struct ServerArgumentsTests {
    private static let base = ["kube-apiserver", "--etcd-servers=https://a:2379,https://b:2379"]

    struct Edit: Sendable, CustomTestStringConvertible {
        let first: [String]
        var second: [String] = []
        let path: String?
        let expectedFirst: [String]
        var expectedSecond: [String] = []
        var testDescription: String { "\(first) \(second) → \(path ?? "none")" }
    }

    private static let flag = "--encryption-provider-config"
    private static let experimental = "--experimental-encryption-provider-config"

    static let edits: [Edit] = [
        Edit(first: ["k", "--a=b"], path: "/e", expectedFirst: ["k", "--a=b", "\(flag)=/e"]),
        Edit(
            first: ["sh"], second: ["k", "--a"], path: "/e", expectedFirst: ["sh"],
            expectedSecond: ["k", "--a", "\(flag)=/e"]),
        Edit(
            first: ["k", "\(flag)=/old", "--z"], path: "/e",
            expectedFirst: ["k", "\(flag)=/e", "--z"]),
        Edit(
            first: ["k", flag, "/old", "--z"], path: "/e", expectedFirst: ["k", flag, "/e", "--z"]),
        Edit(first: ["k", flag, "/old", "--z"], path: nil, expectedFirst: ["k", "--z"]),
        Edit(first: ["k", "\(flag)=/old"], path: nil, expectedFirst: ["k"]),
        Edit(
            first: ["k", "\(experimental)=/old"], path: "/e",
            expectedFirst: ["k", "\(experimental)=/e"]),
        Edit(
            first: ["k", "\(flag)=/1", "--x"], second: ["\(flag)=/2", "--y"], path: "/e",
            expectedFirst: ["k", "--x"], expectedSecond: ["\(flag)=/e", "--y"]),
        Edit(
            first: ["k", flag, "/1", "--x"], second: ["\(experimental)=/2"], path: nil,
            expectedFirst: ["k", "--x"]),
        Edit(first: ["k", "\(flag)="], path: "/e", expectedFirst: ["k", "\(flag)=/e"]),
        Edit(
            first: ["k", "--encryption_provider_config=/old"], path: "/e",
            expectedFirst: ["k", "--encryption_provider_config=/e"]),
        Edit(
            first: ["k", "\(flag)-automatic-reload=true"], path: "/e",
            expectedFirst: ["k", "\(flag)-automatic-reload=true", "\(flag)=/e"]),
        Edit(
            first: ["k", "\(flag)-automatic-reload=true", "\(flag)=/old"], path: nil,
            expectedFirst: ["k"]),
        Edit(
            first: ["k", "\(flag)-automatic-reload"], second: ["\(flag)", "/old", "--z"], path: nil,
            expectedFirst: ["k"], expectedSecond: ["--z"]),
        Edit(first: ["k", "\(flag)-automatic-reload=false"], path: nil, expectedFirst: ["k"]),
        Edit(first: ["k", "\(flag)=/e"], path: "/e", expectedFirst: ["k", "\(flag)=/e"]),
        Edit(first: ["k"], path: nil, expectedFirst: ["k"]),
        Edit(first: ["k", flag], path: "/e", expectedFirst: ["k", "\(flag)=/e"]),
    ]

    @Test("the argument edited, only it changes and keeps its place", arguments: edits)
    func edited(edit: Edit) {
        let changed = ServerArguments(edit.first, edit.second).settingProviderConfig(edit.path)
        #expect(changed.first == edit.expectedFirst)
        #expect(changed.second == edit.expectedSecond)
        #expect(changed.providerConfigPath == edit.path)
        #expect(changed.settingProviderConfig(edit.path) == changed)
    }

    @Test("a server of before 1.13, the argument's former name where it is new")
    func experimental() {
        let bare = ServerArguments(["k", "--a=b"])
        let changed = bare.settingProviderConfig("/e", flag: .experimental)
        #expect(changed.first == ["k", "--a=b", "--experimental-encryption-provider-config=/e"])
        #expect(changed.providerConfigPath == "/e")
        #expect(changed.settingProviderConfig("/f").first.last?.hasPrefix("--experimental") == true)
        #expect(changed.settingProviderConfig(nil) == bare)
    }

    @Test("several of one flag, the last one counts")
    func lastCounts() {
        let arguments = ServerArguments(Self.base + ["\(Self.flag)=/1", Self.experimental, "/2"])
        #expect(arguments.providerConfigPath == "/2")
    }

    @Test(
        "automatic reload, read as Go's ParseBool does",
        arguments: [
            ("", true), ("=true", true), ("=1", true), ("=T", true), ("=false", false),
            ("=0", false),
            ("=yes", false),
        ])
    func reload(suffix: String, expected: Bool) {
        let flag = "--encryption-provider-config-automatic-reload\(suffix)"
        #expect(ServerArguments(Self.base + [flag, "--x"]).hasAutomaticReload == expected)
    }

    @Test("etcd's addresses, split at commas and joined over repetitions")
    func etcdServers() {
        let arguments = ServerArguments(Self.base + ["--etcd-servers", "https://c:2379"])
        #expect(arguments.isServer)
        #expect(
            arguments.values(of: "etcd-servers")
                == ["https://a:2379", "https://b:2379", "https://c:2379"])
    }

    @Test("automatic reload wanted, asked for once and never against what is there")
    func wantedReload() {
        let reload = "\(Self.flag)-automatic-reload"
        let bare = ServerArguments(["k", "--a=b"])
        let changed = bare.settingProviderConfig("/e", reload: true)
        #expect(changed.first == ["k", "--a=b", "\(Self.flag)=/e", "\(reload)=true"])
        #expect(changed.settingProviderConfig("/e", reload: true) == changed)
        #expect(changed.settingProviderConfig(nil) == bare)
        let refusing = ServerArguments(["k", "\(reload)=false", "\(Self.flag)=/e"])
        #expect(refusing.settingProviderConfig("/e", reload: true) == refusing)
        let late = ServerArguments(["k"], ["\(Self.flag)=/e"])
        #expect(
            late.settingProviderConfig("/e", reload: true).second
                == ["\(Self.flag)=/e", "\(reload)=true"])
    }
}
