import Foundation
import Testing

@testable import StandIn

/// What one server has stored, the other reads: the same object, down to its uid.
///
/// Without a real server the stand-in reads what a real 1.36 has once stored.
@Suite(.serialized) struct CrossReadingTests {
    static let providers = ["aescbc", "aesgcm", "secretbox", "identity"]
    static let file = ParityTests.golden.appendingPathComponent("stored-1.36.json")

    /// One provider writes, all are read.
    static func config(_ first: String) -> String {
        let keyed = providers.filter { $0 != "identity" }.map { Configs.keys($0, "shared") }
        let all = keyed + [Configs.identity]
        let ordered = all.filter { $0.hasPrefix(first) } + all.filter { !$0.hasPrefix(first) }
        return """
            apiVersion: apiserver.config.k8s.io/v1
            kind: EncryptionConfiguration
            resources:
            - resources: [secrets, configmaps, widgets.lab.example.com, leases.coordination.k8s.io]
              providers:

            """ + ordered.map { "  - \($0)\n" }.joined()
    }

    struct Written {
        let key: String
        let path: String
        let body: String
    }

    static func objects(_ name: String) -> [Written] {
        let meta = """
            "metadata": {"name": "\(name)", "labels": {"l": "e", "k": ""}, \
            "annotations": {"a": "é\\n"}, "ownerReferences": [{"apiVersion": "v1", "kind": "Node", \
            "name": "n", "uid": "u", "controller": true}]}
            """
        let core = "/api/v1/namespaces/default"
        return [
            Written(
                key: "/registry/secrets/default/\(name)", path: "\(core)/secrets",
                body: "{\(meta), \"stringData\": {\"b\": \"2\", \"a\": \"\"}, \"immutable\": false}"
            ),
            Written(
                key: "/registry/configmaps/default/\(name)", path: "\(core)/configmaps",
                body: "{\(meta), \"data\": {\"b\": \"2\"}, \"binaryData\": {\"x\": \"AAEC\"}}"),
            Written(
                key: "/registry/leases/default/\(name)",
                path: "/apis/coordination.k8s.io/v1/namespaces/default/leases",
                body: """
                    {\(meta), "spec": {"holderIdentity": "h", "leaseTransitions": 0, \
                    "acquireTime": "2026-01-02T03:04:05.000600Z"}}
                    """),
            Written(
                key: "/registry/lab.example.com/widgets/default/\(name)",
                path: "/apis/lab.example.com/v1/namespaces/default/widgets",
                body: """
                    {"apiVersion": "lab.example.com/v1", "kind": "Widget", \(meta), \
                    "spec": {"n": 1.5, "big": 9007199254740993, "l": [null, "x"]}}
                    """),
        ]
    }

    private static func object(_ bench: Bench, _ path: String) throws -> NSDictionary {
        let answer = try bench.send("GET", path)
        #expect(answer.status == 200, "\(path): \(answer.text)")
        let json = try JSONSerialization.jsonObject(with: answer.body)
        return try #require(json as? NSDictionary)
    }

    private static func write(_ objects: [Written], by bench: Bench) throws {
        for object in objects {
            let answer = try bench.send(
                "POST", object.path, body: object.body,
                headers: ["content-type": "application/json"])
            #expect(answer.status == 201, "\(object.path): \(answer.text)")
        }
    }

    @Test(
        "stored by a real server, read by the stand-in and the other way round",
        .enabled(if: Bench.Server.given != nil))
    func bothWays() throws {
        let server = try #require(Bench.Server.given)
        let real = try Bench(server, config: Self.config("identity"))
        try CustomResource.define(on: real)
        let version = try server.version
        let standIn = try Bench(
            .standIn, config: Self.config("identity"), sharing: real,
            environment: ["STANDIN_VERSION": version])
        let encryptsCustom = try #require(KubernetesVersion(version)).encryptsCustomResources
        var recorded: [String: Any] = [:]
        for provider in Self.providers {
            for bench in [real, standIn] { try bench.restart(config: Self.config(provider)) }
            for (writer, name) in [(real, "real-\(provider)"), (standIn, "stand-in-\(provider)")] {
                try Self.write(Self.objects(name), by: writer)
                for written in Self.objects(name) {
                    let path = "\(written.path)/\(name)"
                    let (a, b) = (try Self.object(real, path), try Self.object(standIn, path))
                    #expect(a == b, "\(path)")
                    let stored = try real.stored(written.key)
                    let isPlain =
                        provider == "identity"
                        || !encryptsCustom && written.key.contains("widgets")
                    let prefix = isPlain ? "" : "k8s:enc:\(provider):v1:shared:"
                    #expect(stored.starts(with: Data(prefix.utf8)), "\(path)")
                    if writer === real {
                        recorded[written.key] =
                            [
                                "path": path, "object": a, "value": stored.base64EncodedString(),
                            ] as [String: Any]
                    }
                }
            }
        }
        if ParityTests.recordsNow {
            let data = try JSONSerialization.data(
                withJSONObject: recorded,
                options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
            try data.write(to: Self.file)
        }
    }

    private static func recording() throws -> [String: [String: Any]] {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        return try #require(json as? [String: [String: Any]])
    }

    @Test("stored by a real 1.36 once, read by the stand-in")
    func recordedValues() throws {
        let bench = try Bench(.standIn, config: Self.config("secretbox"))
        let recording = try Self.recording()
        #expect(recording.count == Self.providers.count * 4)
        for (key, entry) in recording {
            let text = try #require(entry["value"] as? String)
            try bench.store(key, try #require(Data(base64Encoded: text)))
            let path = try #require(entry["path"] as? String)
            let wanted = try #require(entry["object"] as? [String: Any])
            let read = try Self.object(bench, path)
            #expect(try Self.withoutVersion(read) == Self.withoutVersion(wanted as NSDictionary))
        }
    }

    private static func withoutVersion(_ object: NSDictionary) throws -> NSDictionary {
        var copy = try #require(object as? [String: Any])
        var metadata = try #require(copy["metadata"] as? [String: Any])
        metadata["resourceVersion"] = nil
        copy["metadata"] = metadata
        return copy as NSDictionary
    }

    @Test("a real server's plain protobuf, encoded again, the same bytes")
    func sameBytes() throws {
        var compared = 0
        for (key, entry) in try Self.recording() where key.hasSuffix("real-identity") {
            guard
                let type = ResourceType.all.first(where: {
                    key.hasPrefix("/registry/\($0.storagePrefix)/") && !$0.isCustom
                })
            else { continue }
            let text = try #require(entry["value"] as? String)
            let bytes = [UInt8](try #require(Data(base64Encoded: text)))
            let object = try StoredObject.decode(bytes, as: type)
            #expect(try StoredObject.encode(object, as: type) == bytes, "\(key)")
            compared += 1
        }
        #expect(compared == 3)
    }
}
