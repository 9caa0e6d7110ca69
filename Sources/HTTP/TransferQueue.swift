/// First in, first out.
struct TransferQueue {
    private var transfers: [Transfer] = []
    private var first = 0

    mutating func append(_ transfer: Transfer) {
        transfers.append(transfer)
    }

    mutating func next() -> Transfer? {
        next(fitting: SendRoom(limit: .max))
    }

    /// - Returns: nil, too, while the first has no room; none overtakes it.
    mutating func next(fitting room: SendRoom) -> Transfer? {
        guard first < transfers.count else { return nil }
        let next = transfers[first]
        guard room.holds(next.sendSize) else { return nil }
        first += 1
        // Half of it is gone: worth moving the rest, which happens ever more rarely.
        if first * 2 > transfers.count {
            transfers.removeFirst(first)
            first = 0
        }
        return next
    }
}
