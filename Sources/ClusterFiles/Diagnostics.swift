public import Basics

/// One thing that is wrong in a file that the user wrote.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    public let place: Fault.Place
    public let message: String
    /// What to write instead.
    public let hint: String?

    public init(place: Fault.Place, message: String, hint: String? = nil) {
        self.place = place
        self.message = message
        self.hint = hint
    }

    public var description: String {
        "\(place): \(message)" + (hint.map { "\n  \($0)" } ?? "")
    }
}

/// Everything that is wrong in a file, in the order of its lines; the cause of the `Fault` that
/// reports it.
public struct DiagnosticList: Error, Sendable, CustomStringConvertible {
    public let diagnostics: [Diagnostic]

    public init(diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    public var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}

/// Collects what is wrong while reading goes on, so that the user learns all of it at once.
final class DiagnosticCollector {
    /// More of them help nobody, and a hostile file could have half a million.
    private static let most = 100

    private var diagnostics: [Diagnostic] = []
    private var omitted = 0

    func add(_ message: String, hint: String? = nil, at place: Fault.Place) {
        guard diagnostics.count < Self.most else {
            omitted += 1
            return
        }
        diagnostics.append(Diagnostic(place: place, message: message, hint: hint))
    }

    /// For what several fields would report at one place.
    func addOnce(_ message: String, hint: String?, at place: Fault.Place) {
        let diagnostic = Diagnostic(place: place, message: message, hint: hint)
        if !diagnostics.contains(diagnostic) { add(message, hint: hint, at: place) }
    }

    var count: Int { diagnostics.count + omitted }

    /// - Throws: one fault for all that was found: itself where it is one thing, else a list.
    func throwIfAny(in file: String) throws {
        guard let first = diagnostics.first else { return }
        let list = DiagnosticList(diagnostics: inOrder())
        guard diagnostics.count > 1 else {
            throw Fault(
                .badInput, first.message, hint: first.hint, place: first.place, cause: list)
        }
        throw Fault(
            .badInput,
            "\(count) errors\n\(list)" + (omitted > 0 ? "\nand \(omitted) more" : ""),
            place: Fault.Place(file: file), cause: list)
    }

    private func inOrder() -> [Diagnostic] {
        diagnostics.enumerated().sorted { left, right in
            let (a, b) = (left.element.place, right.element.place)
            return (a.line ?? 0, a.column ?? 0, left.offset)
                < (b.line ?? 0, b.column ?? 0, right.offset)
        }.map(\.element)
    }
}
