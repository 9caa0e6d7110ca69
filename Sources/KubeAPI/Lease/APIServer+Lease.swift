internal import Basics
internal import EncryptionModel
internal import Foundation
internal import HTTP
internal import JSON

extension LeaseName {
    static let group = "coordination.k8s.io"

    fileprivate var collection: String {
        "/apis/\(Self.group)/v1/namespaces/\(namespace.percentEncoded)/leases"
    }
    fileprivate var path: String { "\(collection)/\(name.percentEncoded)" }
}

extension APIServer {
    private static let leaseLimit = 1 << 20

    /// - Returns: nil where there is none.
    public func lease(_ name: LeaseName) async throws -> Lease? {
        try await told("reading \(name)") {
            let response = try await exchanger.send(
                request("GET", name.path), limit: Self.leaseLimit)
            if response.status == 404 { return nil }
            return try lease(in: response, expecting: 200)
        }
    }

    /// - Throws: a `Fault`: `.conflict` where there is one already; `.refused` where the API has no
    ///   place for it, which no other try would change.
    func createLease(_ name: LeaseName, _ change: LeaseChange) async throws -> Lease {
        try await told("creating \(name)") {
            let body =
                #"{"apiVersion":"\#(LeaseName.group)/v1","kind":"Lease","metadata":{"name":"#
                + #"\#(JSONText.quoted(name.name))\#(change.annotations)},"spec":\#(change.spec)}"#
            let response = try await exchanger.send(
                request(
                    "POST", name.collection, contentType: MediaType.json,
                    body: SecretBytes(copying: body.utf8)),
                limit: Self.leaseLimit)
            if response.status == 404 {
                throw noPlace(for: name, APIFailure(head: response.head, body: response.body))
            }
            return try lease(in: response, expecting: 201)
        }
    }

    private func noPlace(for name: LeaseName, _ failure: APIFailure) -> Fault {
        Fault(
            .refused, "this API server has no place for it: \(failure.message)",
            hint: "Nothing was touched: without this lease two runs can't be kept apart. See to it"
                + " that every kube-apiserver serves \(LeaseName.group)/v1 (its argument"
                + " --runtime-config can turn it off) and that namespace \(name.namespace) exists.",
            cause: failure)
    }

    /// Changes what the holder writes and leaves everything else as it is.
    ///
    /// A merge patch that names a resourceVersion is refused where the object has another, as an
    /// update is.
    ///
    /// - Throws: a `Fault`: `.conflict` where somebody wrote it since that version, `.notFound`
    ///   where it is gone.
    func updateLease(
        _ name: LeaseName, _ change: LeaseChange, ifStill version: ResourceVersion
    ) async throws -> Lease {
        try await told("updating \(name)") {
            let body =
                #"{"metadata":{"resourceVersion":"\#(version)"\#(change.annotations)},"#
                + #""spec":\#(change.spec)}"#
            let response = try await exchanger.send(
                request(
                    "PATCH", name.path, contentType: MediaType.mergePatch,
                    body: SecretBytes(copying: body.utf8)),
                limit: Self.leaseLimit)
            return try lease(in: response, expecting: 200)
        }
    }

    private func lease(in response: HTTPResponse, expecting status: Int) throws -> Lease {
        guard response.status == status else {
            throw APIFailure(head: response.head, body: response.body)
        }
        return try decode(LeaseObject.self, from: response.body).lease
    }
}

/// What is to be written into a Lease.
enum LeaseChange: Sendable {
    case take(LeaseClaim, seconds: Int, transitions: Int, at: Timestamp)
    case renew(at: Timestamp)
    /// As client-go does: the object stays, without a holder and about to expire.
    case release(at: Timestamp)

    static let runAnnotation = "orchestrator-encryption/run"
    static let lockAnnotation = "orchestrator-encryption/lock-file"

    /// The member `annotations` with a comma before it; empty where they stay as they are.
    fileprivate var annotations: String {
        switch self {
        case .take(let claim, _, _, _): Self.annotations(run: claim.run, lock: claim.lockFile)
        case .renew: ""
        case .release: Self.annotations(run: nil, lock: nil)
        }
    }

    private static func annotations(run: String?, lock: String?) -> String {
        let (run, lock) = (run.map(JSONText.quoted), lock.map(JSONText.quoted))
        return #","annotations":{"\#(runAnnotation)":\#(run ?? "null"),"#
            + #""\#(lockAnnotation)":\#(lock ?? "null")}"#
    }

    fileprivate var spec: String {
        switch self {
        case .take(let claim, let seconds, let transitions, let now):
            #"{"holderIdentity":\#(JSONText.quoted(claim.holder)),"#
                + #""leaseDurationSeconds":\#(seconds),"acquireTime":"\#(now.microseconds)","#
                + #""renewTime":"\#(now.microseconds)","leaseTransitions":\#(transitions)}"#
        case .renew(let now): #"{"renewTime":"\#(now.microseconds)"}"#
        case .release(let now):
            #"{"holderIdentity":"","leaseDurationSeconds":1,"renewTime":"\#(now.microseconds)"}"#
        }
    }
}

extension Timestamp {
    /// As Kubernetes' MicroTime is written: RFC 3339 with six decimals.
    fileprivate var microseconds: String {
        let digits = String(nanoseconds / 1000)
        return description.dropLast() + "."
            + String(repeating: "0", count: 6 - digits.count) + digits + "Z"
    }
}

/// The object as the server gives it; whatever may be missing is optional.
private struct LeaseObject: Decodable {
    struct Metadata: Decodable {
        let resourceVersion: String
        let annotations: [String: String]?
    }

    struct Spec: Decodable {
        let holderIdentity: String?
        let leaseDurationSeconds: Int?
        let acquireTime: String?
        let renewTime: String?
        let leaseTransitions: Int?
    }

    let metadata: Metadata
    let spec: Spec?

    var lease: Lease {
        get throws {
            guard let version = ResourceVersion(metadata.resourceVersion) else {
                throw Fault(.remote, "the lease has no resourceVersion")
            }
            // The holder ends up on terminals.
            let holder = spec?.holderIdentity?.onOneLine ?? ""
            return Lease(
                record: Lease.Record(
                    holder: holder.isEmpty ? nil : holder,
                    // Whatever stands there, nobody waits for more than an hour.
                    durationSeconds: min(max(spec?.leaseDurationSeconds ?? 30, 1), 3600),
                    acquireTime: spec?.acquireTime, renewTime: spec?.renewTime,
                    transitions: spec?.leaseTransitions ?? 0,
                    run: metadata.annotations?[LeaseChange.runAnnotation],
                    lockFile: metadata.annotations?[LeaseChange.lockAnnotation]),
                version: version)
        }
    }
}
