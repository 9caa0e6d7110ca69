internal import Synchronization

/// The histories of all objects of the load, shared by its clients.
final class Ledger: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// How long a write may still take effect after its answer was lost. The server's own limit
    /// for an etcd transaction is its request's, which ends with the connection; what is left is
    /// etcd's queue.
    static let settling = Duration.seconds(10)

    private let histories: Mutex<[LoadObject: ObjectHistory]>
    let objects: [LoadObject]

    init(objects: [LoadObject]) {
        self.objects = objects
        histories = Mutex(Dictionary(uniqueKeysWithValues: objects.map { ($0, ObjectHistory()) }))
    }

    /// What the object's writer may do next.
    enum Phase: Sendable, Hashable {
        case absent, present
        /// A write had no answer, and no read has shown yet whether it took effect.
        case open
    }

    func phase(of object: LoadObject) -> Phase {
        history(of: object) { !$0.isSettled ? .open : $0.isPresent ? .present : .absent }
    }

    var isSettled: Bool { histories.withLock { $0.values.allSatisfy(\.isSettled) } }
    var open: [LoadObject] {
        histories.withLock { all in objects.filter { all[$0]?.isSettled == false } }
    }

    func begin(_ object: LoadObject, present: Bool) -> Int {
        history(of: object) { $0.begin(present: present) }
    }

    func acknowledge(_ object: LoadObject, _ state: Int) {
        history(of: object) { $0.acknowledge(state) }
    }

    func leaveOpen(_ object: LoadObject, _ state: Int, until: Instant) {
        history(of: object) { $0.leaveOpen(state, until: until) }
    }

    /// To be taken before a read begins.
    func floor(of object: LoadObject) -> Int { history(of: object) { $0.reached } }

    /// The floors of a namespace, to be taken before a list begins.
    func floors(in namespace: String) -> [LoadObject: Int] {
        histories.withLock { all in
            all.filter { $0.key.namespace == namespace }.mapValues(\.reached)
        }
    }

    func judge(
        _ object: LoadObject, _ sighting: ObjectHistory.Sighting, floor: Int, began: Instant
    ) -> ObjectHistory.Verdict {
        history(of: object) { $0.judge(sighting, floor: floor, began: began) }
    }

    func knows(_ object: LoadObject) -> Bool { histories.withLock { $0[object] != nil } }

    private func history<Result>(
        of object: LoadObject, _ body: (inout ObjectHistory) -> Result
    ) -> Result {
        histories.withLock { body(&$0[object, default: ObjectHistory()]) }
    }
}
