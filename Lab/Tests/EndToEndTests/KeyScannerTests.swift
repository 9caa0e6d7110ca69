import Foundation
import LabKit
import Testing
import Trials

/// The search for keys is worth something only if it finds one that is there.
@Suite("the search for keys itself", .serialized)
struct KeyScannerTests {
    private static let secret = Data((0..<32).map { UInt8(($0 * 37 + 251) & 0xff) })
    private static let key = KnownKeys.Key(name: "planted", secret: secret, isRetired: false)
    private static let base64 = secret.base64EncodedString()

    @Test(
        "a key in each form in the midst of other bytes, found",
        arguments: [
            ("base64", Data(base64.utf8)), ("raw bytes", secret),
            (
                "hex",
                Data(secret.map { String(Int($0) | 0x100, radix: 16).suffix(2) }.joined().utf8)
            ),
            (
                "URL base64",
                Data(
                    base64.replacing("+", with: "-").replacing("/", with: "_")
                        .replacing("=", with: "").utf8)
            ),
        ])
    func found(form: String, bytes: Data) {
        let scanner = KeyScanner([Self.key])
        let around = Data("config: ".utf8) + bytes + Data(" and more".utf8)
        #expect(scanner.found(in: around) == ["planted as \(form)"])
        for length in 0..<3 {
            let file = Data("\(String(repeating: "x", count: length))secret: \(Self.base64)\n".utf8)
            let encoded = Data(file.base64EncodedString().utf8)
            #expect(scanner.found(in: encoded) == ["planted as base64 within base64"])
        }
        #expect(scanner.found(in: around.dropLast(11)) == [])
    }

    @Test("keys planted in a process, a container, a log and a folder, each seen by the watch")
    func planted() async throws {
        try await Harness.withLab(nodes: 1, user: .docker) { lab in
            let node = lab.nodes[0]
            let (user, leak) = (try Operator(of: lab), Self.base64)
            let (_, watch) = try await Watch.during(runsOf: user) {
                async let process = node.command(
                    ["env", "LEAK=\(leak)", "sleep", "3"]
                ).run()
                try await node.command([
                    "sh", "-c", "echo \(leak)1 >/tmp/leak; sleep 3; rm /tmp/leak",
                ])
                .run()
                try await node.command([
                    "docker", "run", "--rm", "--network", "none", "--label", "leak=\(leak)2",
                    "--entrypoint", "/bin/sh", try await image(lab), "-c", "echo $0 | rev; sleep 3",
                    String(leak.reversed()),
                ]).run()
                try user.write(leak, to: "output/leak")
                _ = try await process
            }
            let scanner = KeyScanner([Self.key])
            let places = watch.samples.filter { !scanner.found(in: $0.bytes).isEmpty }.map(\.place)
            for place in [
                "cmdline", "environ", "config.v2.json", "-json.log", "/tmp/leak", "output/leak",
            ] {
                #expect(places.contains { $0.hasSuffix(place) }, "\(place)")
            }
            try await node.command(["sh", "-c", "echo \(leak) >/opt/rke/left"]).run()
            let files = try await Disk.filesChanged(on: node, since: watch.start)
            #expect(scanner.found(in: try #require(files["/opt/rke/left"])) != [])
        }
    }

    private func image(_ lab: Lab) async throws -> String {
        try await lab.nodes[0].command(["docker", "image", "ls", "--quiet"]).run().text
            .split(separator: "\n").first.map(String.init) ?? ""
    }
}
