internal import Basics
internal import Foundation

/// Writes the few pieces of JSON that requests need.
enum JSONText {
    /// With its quotes.
    static func string(_ text: String) throws -> String {
        do {
            return String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        } catch {
            throw Fault(.failed, "a text can't be written as JSON", cause: error)
        }
    }
}
