internal import Basics
internal import Foundation
package import LabKit

/// Objects of several resources with values that are known, read again and again through every
/// server.
package struct KnownObjects: Sendable {
    /// Of each resource.
    let count: Int

    package init(count: Int) { self.count = count }

    private enum Kind: String, CaseIterable {
        case secrets, configmaps, widgets

        var path: String {
            let root = self == .widgets ? "/apis/lab.example.com/v1" : "/api/v1"
            return "\(root)/namespaces/default/\(rawValue)"
        }

        func value(_ number: Int) -> String { "\(rawValue)-value-\(number)" }

        func body(_ number: Int) -> String {
            let name = "known-\(number)"
            let metadata = #""metadata": {"name": "\#(name)"}"#
            switch self {
            case .secrets:
                let data = Data(value(number).utf8).base64EncodedString()
                return #"{\#(metadata), "data": {"value": "\#(data)"}}"#
            case .configmaps: return #"{\#(metadata), "data": {"value": "\#(value(number))"}}"#
            case .widgets:
                return #"{"apiVersion": "lab.example.com/v1", "kind": "Widget", \#(metadata),"#
                    + #" "data": {"value": "\#(value(number))"}}"#
            }
        }

        /// The known objects of a list: name and value.
        func values(in body: [UInt8]) throws -> [String: String] {
            struct List: Decodable {
                struct Item: Decodable {
                    struct Metadata: Decodable { let name: String }
                    let metadata: Metadata
                    let data: [String: String]?
                }
                let items: [Item]
            }
            let items = try JSONDecoder().decode(List.self, from: Data(body)).items
            return items.reduce(into: [:]) { found, item in
                guard item.metadata.name.hasPrefix("known-"), let text = item.data?["value"] else {
                    return
                }
                found[item.metadata.name] =
                    self == .secrets
                    ? Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) } : text
            }
        }
    }

    package func create(on lab: Lab) async throws {
        try await defineWidgets(on: lab)
        for kind in Kind.allCases {
            for number in 0..<count {
                _ = try await lab.api("POST", kind.path, kind.body(number), accepting: [201, 409])
            }
        }
    }

    /// A real server serves the custom resource after its definition; the stand-in always does.
    private func defineWidgets(on lab: Lab) async throws {
        let definition = """
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", \
            "metadata": {"name": "widgets.lab.example.com"}, "spec": {"group": "lab.example.com", \
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", \
            "listKind": "WidgetList"}, "scope": "Namespaced", "versions": [{"name": "v1", \
            "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", \
            "x-kubernetes-preserve-unknown-fields": true}}}]}}
            """
        _ = try await lab.api(
            "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition,
            accepting: [201, 404, 405, 409])
        for node in lab.nodes {
            let server = try lab.administrator(of: node, requestTimeout: .seconds(10))
            let end = ContinuousClock.now + .seconds(60)
            while try await server.send("GET", Kind.widgets.path).status != 200 {
                guard ContinuousClock.now < end else {
                    throw LabError("\(node.name) doesn't serve the custom resource")
                }
                try await Task.sleep(for: .milliseconds(200))
            }
            await server.shutdown()
        }
    }

    /// Reads everything through every server, over and over, while the body runs.
    ///
    /// - Returns: what was wrong, a line each; how many lists were right; and how often a server
    ///   didn't serve because it was being restarted.
    func watched<Value: Sendable>(
        on lab: Lab, _ body: () async throws -> Value
    ) async throws -> (Value, Sight) {
        let readers = lab.nodes.map { node in
            Task { try await read(through: node, of: lab) }
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        readers.forEach { $0.cancel() }
        var sight = Sight()
        for reader in readers { sight.add(try await reader.value) }
        return (try result.get(), sight)
    }

    struct Sight: Sendable {
        var wrong: [String] = []
        var right = 0
        var restarting = 0

        mutating func add(_ other: Sight) {
            wrong += other.wrong
            right += other.right
            restarting += other.restarting
        }
    }

    private func read(through node: LabNode, of lab: Lab) async throws -> Sight {
        let server = try lab.administrator(of: node, requestTimeout: .seconds(10))
        var sight = Sight()
        while !Task.isCancelled {
            for kind in Kind.allCases where !Task.isCancelled {
                await look(at: kind, through: server, &sight)
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
        await server.shutdown()
        return sight
    }

    private func look(
        at kind: Kind, through server: APIServerClient, _ sight: inout Sight
    ) async {
        do {
            let answer = try await server.send("GET", kind.path)
            guard answer.status == 200 else {
                if Task.isCancelled { return }
                await judge(answer.status, kind, through: server, &sight)
                return
            }
            let found = try kind.values(in: answer.body)
            let wrong = (0..<count).filter { found["known-\($0)"] != kind.value($0) }
            if wrong.isEmpty { sight.right += 1 }
            sight.wrong += wrong.map {
                "\(server.node.name): \(kind.rawValue) known-\($0) is "
                    + (found["known-\($0)"] ?? "missing")
            }
        } catch let fault as Fault where [.unreachable, .timedOut].contains(fault.code) {
            sight.restarting += 1
        } catch {
            if !Task.isCancelled { sight.wrong.append("\(server.node.name): \(error)") }
        }
    }

    /// A server on its way up or down may refuse; one that is ready may not, asked once more.
    private func judge(
        _ status: Int, _ kind: Kind, through server: APIServerClient, _ sight: inout Sight
    ) async {
        let isReady = (try? await server.send("GET", "/readyz"))?.status == 200
        guard isReady, let again = try? await server.send("GET", kind.path),
            again.status != 200
        else {
            sight.restarting += 1
            return
        }
        let words = String(decoding: again.body.prefix(300), as: UTF8.self)
        sight.wrong.append("\(server.node.name): \(kind.rawValue): \(status): \(words)")
    }
}
