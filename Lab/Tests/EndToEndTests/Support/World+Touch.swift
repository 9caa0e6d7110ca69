import LabKit
import Testing
import Trials

extension World {
    /// Runs a body after which everything has to be as it was before.
    static func expectingNoTouch<Value>(
        _ user: Operator, at location: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let before = try await seen(user)
        let value = try await body()
        let touched = try await seen(user).differences(since: before)
        #expect(touched == [], sourceLocation: location)
        return value
    }
}
