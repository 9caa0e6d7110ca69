internal import Basics

/// An answer as it came: parsing the head is left to the task that asked.
struct RawAnswer: Sendable {
    let status: Int
    /// The header lines of the final answer, each with its line end.
    let header: [UInt8]
    let body: [UInt8]
}

/// One request on its way to an answer.
///
/// `@unchecked` because what changes is touched by the client's thread alone; tasks only hand the
/// object over and use it to say which transfer they mean.
final class Transfer: @unchecked Sendable {
    enum Sink {
        /// Bytes kept up to a limit.
        case collect(limit: Int)
        case consume(@Sendable (UnsafeRawBufferPointer) throws -> Void)
    }

    /// What all header lines of one answer may take up, in bytes.
    static let headerLimit = 256 << 10

    enum State {
        case new
        /// Cancelled before it was started.
        case cancelled
        case waiting(CheckedContinuation<RawAnswer, any Error>)
        case running(CheckedContinuation<RawAnswer, any Error>, EasyHandle)
        case finished
    }

    let request: HTTPRequest
    let sendSize: Int
    var state = State.new

    private let sink: Sink
    private var header: [UInt8] = []
    private var isHeaderComplete = false
    private var body: [UInt8] = []
    /// Body bytes received so far.
    private(set) var received = 0
    /// Why we ourselves broke the transfer off.
    private(set) var refusal: (any Error)?

    init(_ request: HTTPRequest, sink: Sink) {
        self.request = request
        sendSize = request.sendSize
        self.sink = sink
    }

    var hasHead: Bool { isHeaderComplete }

    func answer(status: Int) -> RawAnswer {
        RawAnswer(status: status, header: header, body: body)
    }

    /// Takes one header line; false breaks the transfer off.
    func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
        if line.starts(with: "HTTP/".utf8) {
            // Interim answers (100, 103) come first: only the last head counts.
            header.removeAll(keepingCapacity: true)
            isHeaderComplete = false
        } else if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
            isHeaderComplete = true
        } else if !isHeaderComplete {
            // What comes after the body is a trailer, which nobody here asked for.
            header.append(contentsOf: line)
            guard header.count <= Self.headerLimit else {
                return refuse(
                    Fault(
                        .remote,
                        "\(request.label): more than \(Self.headerLimit) bytes of headers"))
            }
        }
        return true
    }

    /// Takes a piece of the body; false breaks the transfer off.
    func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        received += piece.count
        switch sink {
        case .collect(let limit):
            guard received <= limit else {
                return refuse(
                    Fault(.remote, "\(request.label): the answer is longer than \(limit) bytes"))
            }
            body.append(contentsOf: piece)
        case .consume(let consume):
            do { try consume(piece) } catch { return refuse(error) }
        }
        return true
    }

    private func refuse(_ error: any Error) -> Bool {
        refusal = error
        return false
    }
}
