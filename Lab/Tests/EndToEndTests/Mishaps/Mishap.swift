import LabKit
import Testing
import Trials

/// Something wrong that a run must find before it touches anything.
struct Mishap: Sendable, CustomTestStringConvertible {
    typealias Undo = @Sendable () async throws -> Void

    let name: String
    /// The exit status of docs/design.md, «Commands».
    let status: Int
    /// The number of the node that the message has to name.
    var node: Int?
    /// In the message: the cause.
    let says: String
    /// In the hint: what to do next; nil where the message says it all.
    let advises: String?
    /// The end of the file's name and the line that are told.
    var place: (file: String, line: Int?)?
    /// Brings it about, for an operator whose folder is a copy.
    let befall: @Sendable (Operator) async throws -> Undo

    var testDescription: String { name }

    /// One in the operator's own folder, which needs no undoing.
    static func inFolder(
        _ name: String, status: Int, node: Int? = nil, says: String, advises: String?,
        place: (file: String, line: Int?)? = nil,
        spoil: @escaping @Sendable (Operator) async throws -> Void
    ) -> Mishap {
        Mishap(
            name: name, status: status, node: node, says: says, advises: advises, place: place
        ) { user in
            try await spoil(user)
            return {}
        }
    }

    static let all = onNodes + inSSH + inAPI + inState + inClusterFile
}

extension Mishap {
    /// Runs the command while it is so: it has to fail with a message that helps, and nothing may
    /// be touched.
    func expectNothingTouched(by command: [String], on lab: Lab) async throws {
        let user = try Operator(of: lab).copy()
        let undo = try await befall(user)
        do {
            try await World.expectingNoTouch(user) { try await expectRefusal(of: command, user) }
        } catch {
            try await undo()
            throw error
        }
        try await undo()
    }

    private func expectRefusal(of command: [String], _ user: Operator) async throws {
        let result = try await user.start(command + ["--output", "json"]).end()
        #expect(result.status == status, "\(result.errorOutput)")
        let fault = try result.document(FaultDocument.self).error
        #expect(fault.exitStatus == status)
        #expect(fault.message.contains(says))
        // The same for people.
        #expect(result.errorOutput.contains(says))
        if let advises {
            #expect(try #require(fault.hint).contains(advises))
            #expect(result.errorOutput.contains(advises))
        }
        if let node { #expect(fault.node == user.lab.nodes[node - 1].address) }
        if let place {
            #expect(fault.file?.hasSuffix(place.file) == true)
            if let line = place.line { #expect(fault.line == line) }
        }
    }
}
