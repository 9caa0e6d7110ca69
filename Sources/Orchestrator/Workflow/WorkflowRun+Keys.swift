internal import Basics
internal import Crypto
internal import EncryptionModel
internal import Transition

// The archive of keys.

extension WorkflowRun {
    /// What is deployed, written down where the state file has something else or nothing: a cluster
    /// that RKE enabled, a state file that was lost or is behind.
    mutating func remember(_ deployed: ProviderConfig?) async throws {
        let (known, keys) = (Set(journal.keys.map(\.key)), deployed?.keys ?? [])
        guard !keys.allSatisfy(known.contains) || recorded != .known(deployed) else { return }
        let now = workflow.clock.now()
        archive(try await ports.journal.recordedKeys(), at: now, by: "RKE's state")
        adopt(keys, at: now, by: KeyRecord.adopted)
        for index in journal.keys.indices
        where journal.keys[index].retired == nil && !keys.contains(journal.keys[index].key) {
            (journal.keys[index].retired, journal.keys[index].retiredBy) = (now, KeyRecord.adopted)
        }
        try await save(StateConfigs(desired: deployed, current: deployed))
        recorded = .known(deployed)
        workflow.report(.adopted(keys))
    }

    /// Why nothing has to be rotated yet; nil where a key that writes is old enough, or nobody
    /// knows how old it is.
    func youngKey(in config: ProviderConfig?) -> String? {
        guard let minimum = workflow.minimumKeyAge, let config else { return nil }
        let now = workflow.clock.now()
        var oldest: (key: LocalKey, age: Duration)?
        for case let key? in config.rules.map(\.chain.writer.localKey) {
            guard let created = journal.keys.first(where: { $0.key == key })?.created else {
                return nil
            }
            let age = now.since(created)
            guard age < minimum else { return nil }
            if oldest.map({ $0.age < age }) ?? true { oldest = (key, age) }
        }
        return oldest.map { key, age in
            "\(key) is \(age.told) old, and is to be rotated at \(minimum.told)"
        }
    }

    /// Keys that are in use are known and not retired, whoever brought them (back).
    mutating func adopt(_ keys: [LocalKey], at now: Timestamp, by operation: String) {
        for key in keys {
            if let index = journal.keys.firstIndex(where: { $0.key == key }) {
                (journal.keys[index].retired, journal.keys[index].retiredBy) = (nil, nil)
            } else {
                journal.keys.append(KeyRecord(key: key, created: now, createdBy: operation))
            }
        }
    }

    /// Keys that aren't in use as far as anybody knows, but that a snapshot may need.
    ///
    /// - Returns: those that the archive didn't have.
    @discardableResult
    mutating func archive(_ keys: [LocalKey], at now: Timestamp, by origin: String) -> [LocalKey] {
        var fresh: [LocalKey] = []
        for key in keys where !journal.keys.contains(where: { $0.key == key }) {
            journal.keys.append(
                KeyRecord(
                    key: key, created: now, createdBy: origin, retired: now, retiredBy: origin))
            fresh.append(key)
        }
        return fresh
    }

    /// A name that no key ever had: the day, for people, and random digits.
    func freshName(at now: Timestamp) throws -> String {
        let day = now.description.prefix(10).filter { $0 != "-" }
        while true {
            let name = try "key-\(day)-\(randomIdentifier(bytes: 3))"
            if !journal.keys.contains(where: { $0.key.name == name }) { return name }
        }
    }
}
