import APIServerSpec
import Basics
import TestSupport
import Testing

@Suite struct ManifestWalkTests {
    private static let paths = [
        "/srv/encryption/a.yaml", "/srv/encryption/b.yaml", "/etc/kubernetes/pki/c.yaml",
        "/opt/it's here/d: e #.yaml",
    ]
    private static let stamps = ["", "77", "null", "0x1F", "é\"\\'\n: #", "{", "sha256:ab"]

    @Test(
        "many changes one after the other, the manifest says each of them, and the end is as the beginning",
        arguments: ManifestFixtures.names("changed"))
    func walk(name: String) throws {
        var random = SeededRandom(seed: 1)
        let original = try ManifestFixtures.manifest(name)
        var manifest = original
        for _ in 0..<6 {
            let (change, folder) = Self.change(&random)
            let before = manifest
            manifest = try manifest.changed(by: change)
            #expect(manifest.stamp == change.stamp)
            switch change.argument {
            case .keep: #expect(manifest.arguments == before.arguments)
            case .remove: #expect(manifest.arguments.providerConfigPath == nil)
            case .set(let path, let flag, let reload):
                #expect(
                    manifest.arguments
                        == before.arguments.settingProviderConfig(path, flag: flag, reload: reload))
                #expect(manifest.mounts.hostPath(of: path) != nil, "\(folder)")
            }
            #expect(try manifest.changed(by: change).contents == manifest.contents)
        }
        #expect(try manifest.decrypted().contents == original.decrypted().contents)
        if original.arguments.providerConfigPath == nil {
            #expect(try manifest.decrypted().contents == original.contents)
        }
    }

    private static func change(
        _ random: inout SeededRandom
    ) -> (change: ManifestChange, folder: String) {
        let path = paths[Int.random(in: paths.indices, using: &random)]
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        let stamp = Bool.random(using: &random) ? stamps.randomElement(using: &random) : nil
        let set = ManifestChange.Argument.set(
            path: path, flag: Bool.random(using: &random) ? .current : .experimental,
            reload: Bool.random(using: &random))
        let arguments: [ManifestChange.Argument] = [set, set, set, .keep, .remove]
        let argument = arguments[Int.random(in: arguments.indices, using: &random)]
        return (ManifestChange(argument: argument, mount: folder, stamp: stamp), folder)
    }

    /// Refused as bad or as unsafe, or changed and had back.
    private func check(_ bytes: some Collection<UInt8>) throws {
        do {
            let manifest = try APIServerManifest(SecretBytes(copying: bytes), file: "m")
            let bare = try manifest.decrypted()
            let changed = try manifest.encrypted()
            #expect(changed.stamp == "sha256:00ff")
            #expect(try changed.decrypted().contents == bare.contents)
        } catch let fault as Fault {
            #expect(fault.code == .badInput || fault.code == .refused, "\(fault)")
            #expect(fault.place != nil, "\(fault)")
        }
    }

    static let short = [
        "no-annotations-no-volumes.yaml", "empty-lists.yaml", "block-scalar-last.yaml",
        "no-final-newline-metadata-last.yaml",
    ]

    @Test("a manifest cut off anywhere, refused or read", arguments: short)
    func truncated(name: String) throws {
        let bytes = try ManifestFixtures.bytes("changed/\(name)")
        for length in bytes.indices { try check(bytes[..<length]) }
    }

    @Test("bytes changed at random, refused or read", arguments: ManifestFixtures.names("changed"))
    func flipped(name: String) throws {
        var random = SeededRandom(seed: 6)
        let original = try ManifestFixtures.bytes(name)
        let likely = Array("\n\r \t:-#,[]{}\"'&*!|>%@?~<\\x".utf8)
        for _ in 0..<5 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                let byte =
                    Bool.random(using: &random)
                    ? likely[Int.random(in: likely.indices, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: bytes.remove(at: place)
                }
            }
            try check(bytes)
        }
    }
}
