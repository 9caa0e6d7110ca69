internal import Basics
internal import JSON

extension JSONValue {
    /// - Throws: `Fault(.remote)` that says what is wrong at which byte, without quoting it.
    init(answer bytes: [UInt8]) throws(Fault) {
        do {
            try self.init(parsing: bytes)
        } catch {
            throw Fault(.remote, "what should be JSON isn't: \(error)")
        }
    }
}
