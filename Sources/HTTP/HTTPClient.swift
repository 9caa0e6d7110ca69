internal import Basics

/// An HTTP client on a thread of its own, with kept connections and HTTP/2 multiplexing.
///
/// It follows no redirect, keeps no cookie, decompresses nothing and judges no status. A request
/// that finds its kept connection closed before any byte of an answer came is sent once more on a
/// new connection, as HTTP allows; nothing else is repeated. Cancelling the task that waits for a
/// request ends the transfer and throws `CancellationError`; every other failure is a `Fault`.
public final class HTTPClient: HTTPExchanger {
    private let mailbox: Mailbox
    private let threadExecutor: ClientThreadExecutor

    /// - Throws: a `Fault` where libcurl can't be started or a thread can't be made.
    public init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) throws {
        let multi = try MultiHandle(configuration)
        let mailbox = Mailbox(multi)
        self.mailbox = mailbox
        threadExecutor = ClientThreadExecutor(mailbox)
        try OwnThread.start(named: "http") {
            TransferLoop(configuration, multi: multi, mailbox: mailbox).run()
        }
    }

    deinit { mailbox.post(.stop(nil)) }

    public func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        let answer = try await perform(Transfer(request, sink: .collect(limit: limit)))
        return HTTPResponse(head: HTTPHead(answer), body: answer.body)
    }

    public func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        HTTPHead(try await perform(Transfer(request, sink: .consume(consume))))
    }

    public var traffic: HTTPTraffic { mailbox.traffic }

    public var roundTrip: Duration? { mailbox.roundTrip }

    public var executor: (any TaskExecutor)? { threadExecutor }

    /// Ends every request under way or waiting with a `Fault` (`interrupted`), closes all
    /// connections and returns when the thread is done. Later requests fail in the same way.
    public func shutdown() async {
        await withCheckedContinuation { mailbox.post(.stop($0)) }
    }

    private func perform(_ transfer: Transfer) async throws -> RawAnswer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                mailbox.post(.start(transfer, continuation))
            }
        } onCancel: {
            mailbox.post(.cancel(transfer))
        }
    }
}
