import LabKit
import Testing

@testable import Trials

/// A sample of what `reliability load` does ten times for each workflow.
@Suite(
    "clients during workflows", .serialized,
    .lab(nodes: 3, user: .root, encryption: .off, secrets: 100))
struct ClientLoadTests {
    @Test("the key is rotated under load, every client gets right answers alone")
    func rotation() async throws {
        let user = try Operator(of: try SuiteLab.lab())
        let result = try await LoadTrial(workflow: .rotate, number: 1).make(user, ClientLoad())
        #expect(result.problems == [])
        #expect(result.counts.wrongAnswers == 0)
        // Else the clients would have looked away: two or three restarts of each server, and
        // requests that met them.
        #expect(result.restarts >= 6)
        #expect(result.counts.noticesWhileRestarting > 0)
        #expect(result.counts.updates > 100)
        #expect(result.counts.valuesCompared > 1000)
    }

    @Test("one object changed and another removed behind the clients' backs, both noticed")
    func noticed() async throws {
        let lab = try SuiteLab.lab()
        var load = ClientLoad()
        // Few writes, so that what is done here isn't written over before anybody has looked.
        load.clients = 2
        load.objectsEach = 40
        let (_, outcome) = try await load.during(lab) {
            let administrator = try lab.administrator(
                of: lab.nodes[1], requestTimeout: .seconds(10))
            for number in 0..<40 {
                let object = LoadObject(
                    namespace: LoadObject.namespaces[number % 3], name: "client-1-object-\(number)")
                _ =
                    number.isMultiple(of: 2)
                    ? try await administrator.send("DELETE", object.path)
                    : try await administrator.send(
                        "PATCH", object.path,
                        body: Array(#"{"data":{"value":"c3RyYW5nZXI="}}"#.utf8),
                        contentType: "application/merge-patch+json")
            }
            await administrator.shutdown()
        }
        let kinds = Set(outcome.wrong.map(\.kind))
        #expect(kinds.contains(.changed))
        #expect(!kinds.isDisjoint(with: [.lost, .missedByList]))
    }
}
