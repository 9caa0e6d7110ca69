internal import Foundation
internal import LabKit

/// Reads objects through any server and compares what it sees with what may be there.
struct LoadReader: Sendable {
    let ledger: Ledger
    let findings: Findings

    /// - Returns: whether the server answered.
    func get(_ object: LoadObject, through client: APIServerClient) async throws -> Bool {
        try await version(of: object, through: client).isAnswered
    }

    /// - Returns: the resourceVersion where the object is there and right, and whether the server
    ///   answered.
    func version(
        of object: LoadObject, through client: APIServerClient
    ) async throws -> (version: String?, isAnswered: Bool) {
        let floor = ledger.floor(of: object)
        let answer = try await client.ask("GET", object.path)
        findings.count {
            $0.requests += 1
            $0.gets += 1
        }
        switch answer.content {
        case .notice(let notice):
            findings.note(notice, answer)
            return (nil, false)
        case .received(404, _):
            findings.count { $0.answers += 1 }
            judge(object, .absent, floor: floor, answer)
            return (nil, true)
        case .received(200, let body):
            findings.count { $0.answers += 1 }
            guard let secret = decode(SecretAnswer.self, body, answer) else { return (nil, true) }
            let isRight = judge(
                object, object.sighting(of: secret.value), floor: floor, answer)
            return (isRight ? secret.metadata.resourceVersion : nil, true)
        case .received(let status, let body):
            wrongStatus(status, body, answer)
            return (nil, true)
        }
    }

    /// Lists a namespace in pages; all of them show one moment.
    ///
    /// - Returns: whether the server answered every page.
    func list(_ namespace: String, through client: APIServerClient) async throws -> Bool {
        let floors = ledger.floors(in: namespace)
        var seen: [LoadObject: ObjectHistory.Sighting] = [:]
        var token = ""
        var first: Answer?
        repeat {
            let answer = try await client.ask(
                "GET",
                "/api/v1/namespaces/\(namespace)/secrets?limit=15"
                    + (token.isEmpty ? "" : "&continue=\(token)"))
            first = first ?? answer
            findings.count {
                $0.requests += 1
                $0.lists += first == nil || token.isEmpty ? 1 : 0
            }
            guard let page = page(answer) else {
                if case .notice = answer.content { return false }
                return true
            }
            for item in page.items { seen[item.object] = item.object.sighting(of: item.value) }
            token =
                (page.metadata.continue ?? "")
                .addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        } while !token.isEmpty
        if let first { compare(seen, floors, first) }
        return true
    }

    private func page(_ answer: Answer) -> SecretListAnswer? {
        switch answer.content {
        case .notice(let notice):
            findings.note(notice, answer)
            return nil
        case .received(200, let body):
            findings.count { $0.answers += 1 }
            return decode(SecretListAnswer.self, body, answer)
        case .received(let status, let body):
            let said = String(decoding: body.prefix(400), as: UTF8.self)
            findings.wrong(.failedList, answer, "\(status) \(said)")
            return nil
        }
    }

    private func compare(
        _ seen: [LoadObject: ObjectHistory.Sighting], _ floors: [LoadObject: Int], _ answer: Answer
    ) {
        for (object, floor) in floors {
            judge(object, seen[object] ?? .absent, floor: floor, answer, isList: true)
        }
        for object in seen.keys where floors[object] == nil {
            findings.wrong(.unknownObject, answer, "\(object.name): nobody has made it")
        }
    }

    @discardableResult
    private func judge(
        _ object: LoadObject, _ sighting: ObjectHistory.Sighting, floor: Int, _ answer: Answer,
        isList: Bool = false
    ) -> Bool {
        findings.count { $0.valuesCompared += 1 }
        let said = "\(object.name): \(sighting), at least state \(floor) was due"
        switch ledger.judge(object, sighting, floor: floor, began: answer.began) {
        case .right: return true
        case .changed: findings.wrong(.changed, answer, said)
        case .lost:
            let isMissing = isList && sighting == .absent
            findings.wrong(isMissing ? .missedByList : .lost, answer, said)
        }
        return false
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, _ body: [UInt8], _ answer: Answer
    ) -> Value? {
        do { return try JSONDecoder().decode(type, from: Data(body)) } catch {
            findings.wrong(.unreadable, answer, "no \(type): \(error)")
            return nil
        }
    }

    func wrongStatus(_ status: Int, _ body: [UInt8], _ answer: Answer) {
        let said = "\(status) " + String(decoding: body.prefix(400), as: UTF8.self)
        let isUnreadable = ["unable to transform", "no matching", "decrypt"].contains {
            said.contains($0)
        }
        let kind: WrongKind =
            isUnreadable ? .unreadable : status >= 500 ? .serverError : .otherStatus
        findings.wrong(kind, answer, said)
    }
}
