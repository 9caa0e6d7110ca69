/// What went wrong, told so that a person can act on it.
///
/// `message` says what was being done to what and why it failed; `hint` says what to do next.
/// Neither ever holds secret bytes.
public struct Fault: Error, Sendable {
    /// The kind of failure, for code that has to tell failures apart (and for the exit status).
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The command line can't be understood.
        case usage
        /// A file given by the user is wrong; `place` says where.
        case badInput
        /// Doing it would not be safe, so nothing was touched.
        case refused
        /// No connection could be made, or it broke.
        case unreachable
        /// The other side's identity could not be verified (host key, certificate).
        case untrusted
        /// The other side doesn't accept our identity.
        case unauthenticated
        /// The other side knows us and says no.
        case denied
        /// What was looked for isn't there.
        case notFound
        /// Somebody else changed or holds it.
        case conflict
        /// It took longer than allowed.
        case timedOut
        /// The other side answered, with an error or with something that makes no sense.
        case remote
        /// What is stored is torn, altered or of another format.
        case corrupt
        /// Something is stored or deployed otherwise than it should be.
        case discrepancy
        /// The user or the system asked to stop.
        case interrupted
        /// Anything else that failed.
        case failed
    }

    /// A position in a file, counted from 1.
    public struct Place: Sendable, Hashable, CustomStringConvertible {
        public let file: String
        public let line: Int?
        public let column: Int?

        public init(file: String, line: Int? = nil, column: Int? = nil) {
            self.file = file
            self.line = line
            self.column = column
        }

        public var description: String {
            [file, line.map(String.init), column.map(String.init)]
                .compactMap(\.self).joined(separator: ":")
        }
    }

    public let code: Code
    public let message: String
    public let hint: String?
    public let place: Place?
    /// The node it happened on, as the user named it.
    public let node: String?
    public let cause: (any Error)?

    public init(
        _ code: Code, _ message: String, hint: String? = nil, place: Place? = nil,
        node: String? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place
        self.node = node
        self.cause = cause
    }

    /// The same fault, with the node named where it wasn't yet.
    public func on(node: String) -> Fault {
        Fault(
            code, message, hint: hint, place: place, node: self.node ?? node, cause: cause)
    }

    /// The same fault as the reason of a larger thing that failed; code, hint, place and node stay.
    public func during(_ activity: String) -> Fault {
        Fault(
            code, "\(activity): \(message)", hint: hint, place: place, node: node, cause: cause)
    }

    /// Any error as a fault: a fault itself, or `.failed` (`.interrupted` for a cancellation).
    public init(_ error: any Error) {
        if let fault = error as? Fault {
            self = fault
        } else if error is CancellationError {
            self.init(.interrupted, "interrupted", cause: error)
        } else {
            self.init(.failed, String(describing: error), cause: error)
        }
    }
}

extension Fault: CustomStringConvertible {
    public var description: String {
        var text = ""
        if let place { text += "\(place): " }
        if let node { text += "node \(node): " }
        text += message
        if let hint { text += "\n  \(hint)" }
        return text
    }
}
