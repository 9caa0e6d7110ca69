internal import Basics
internal import CLibCurl

/// What the client's thread does: takes messages, moves bytes, hands out answers.
final class TransferLoop {
    /// Jobs may make jobs for ever, and bytes have to be moved nevertheless.
    private static let messageRounds = 32

    private let configuration: HTTPClientConfiguration
    private let multi: MultiHandle
    private let mailbox: Mailbox

    private var settings: ConnectionSettings?
    private var idle: [ReceiveRoom: [EasyHandle]] = [:]
    private var running: [ObjectIdentifier: EasyHandle] = [:]
    private var waiting = TransferQueue()
    private var room: SendRoom
    private var stopped: [CheckedContinuation<Void, Never>] = []
    private var isStopping = false

    init(_ configuration: HTTPClientConfiguration, multi: MultiHandle, mailbox: Mailbox) {
        self.configuration = configuration
        self.multi = multi
        self.mailbox = mailbox
        room = configuration.version == .http2 ? SendRoom() : SendRoom(limit: .max)
    }

    func run() {
        while !isStopping {
            takeMessages()
            do {
                let started = startWaiting()
                try multi.perform(isManyToSend: started > 1)
                settings?.dialler?.dialPending()
                if !finishDone() && !isStopping && mailbox.goToSleep() {
                    try multi.wait(watching: settings?.dialler?.awaited ?? [])
                }
            } catch {
                // Nothing is known about any transfer any more, and no later one would fare better.
                endAll(with: error)
                isStopping = true
            }
        }
        endAll(with: nil)
        idle = [:]
        mailbox.close()
        stopped.forEach { $0.resume() }
    }

    /// Until there are none. A job that runs here has others follow, and the last of them sends: a
    /// look at all transfers between each two would cost more than they do.
    private func takeMessages() {
        for _ in 0..<Self.messageRounds {
            let messages = mailbox.takeAll()
            guard !messages.isEmpty else { return }
            messages.forEach(handle)
        }
    }

    private func handle(_ message: Message) {
        switch message {
        case .start(let transfer, let continuation):
            if case .cancelled = transfer.state {
                transfer.state = .finished
                continuation.resume(throwing: CancellationError())
            } else {
                transfer.state = .waiting(continuation)
                waiting.append(transfer)
            }
        case .cancel(let transfer):
            cancel(transfer)
        case .run(let job, let executor):
            executor.run(job)
        case .stop(let continuation):
            isStopping = true
            if let continuation { stopped.append(continuation) }
        }
    }

    private func cancel(_ transfer: Transfer) {
        switch transfer.state {
        case .new: transfer.state = .cancelled
        case .waiting(let continuation):
            // It stays in the queue and is passed over there.
            transfer.state = .finished
            continuation.resume(throwing: CancellationError())
        case .running(let continuation, let easy):
            release(easy)
            transfer.state = .finished
            continuation.resume(throwing: CancellationError())
        case .cancelled, .finished: break
        }
    }

    /// - Returns: how many.
    private func startWaiting() -> Int {
        var started = 0
        while running.count < max(1, configuration.requestsInFlight),
            let next = waiting.next(fitting: room)
        {
            guard case .waiting(let continuation) = next.state else { continue }
            do {
                try start(next, continuation)
                started += 1
            } catch {
                next.state = .finished
                continuation.resume(throwing: error)
            }
        }
        return started
    }

    private func start(
        _ transfer: Transfer, _ continuation: CheckedContinuation<RawAnswer, any Error>
    ) throws {
        let receiveRoom = ReceiveRoom(for: transfer.request)
        let easy = try idle[receiveRoom]?.popLast() ?? newHandle(receiveRoom)
        running[ObjectIdentifier(easy)] = easy
        transfer.state = .running(continuation, easy)
        room.take(transfer.sendSize)
        do {
            try easy.load(transfer)
            try multi.add(easy)
        } catch {
            release(easy)
            throw error
        }
    }

    private func newHandle(_ room: ReceiveRoom) throws -> EasyHandle {
        let settings = try self.settings ?? ConnectionSettings(configuration)
        self.settings = settings
        return try EasyHandle(settings, multi.sockets, room: room)
    }

    /// - Returns: whether any transfer came to its end, so that others may be started.
    private func finishDone() -> Bool {
        var isAnyDone = false
        while let (easy, code) = multi.nextFinished() {
            isAnyDone = true
            guard let transfer = easy.transfer, case .running(let continuation, _) = transfer.state
            else { continue }
            let result = Result { try answer(of: transfer, on: easy, code) }
            // Counted before the task goes on, so that it finds its own bytes in the sum.
            mailbox.count(easy.traffic, handshake: easy.handshake)
            release(easy)
            transfer.state = .finished
            continuation.resume(with: result)
        }
        return isAnyDone
    }

    private func answer(
        of transfer: Transfer, on easy: EasyHandle, _ code: CURLcode
    ) throws -> RawAnswer {
        if let refusal = transfer.refusal { throw refusal }
        guard code == CURLE_OK else { throw TransferFailure(transfer, easy, code).fault }
        return transfer.answer(status: easy.long(CURLINFO_RESPONSE_CODE))
    }

    private func release(_ easy: EasyHandle) {
        multi.remove(easy)
        if let transfer = easy.transfer { room.giveBack(transfer.sendSize) }
        easy.unload()
        running[ObjectIdentifier(easy)] = nil
        idle[easy.room, default: []].append(easy)
    }

    /// - Parameter error: the reason; nil for a shutdown.
    private func endAll(with error: (any Error)?) {
        for easy in Array(running.values) {
            let transfer = easy.transfer
            release(easy)
            if let transfer { end(transfer, with: error) }
        }
        while let transfer = waiting.next() { end(transfer, with: error) }
    }

    private func end(_ transfer: Transfer, with error: (any Error)?) {
        let error = error ?? Fault.clientShutDown(transfer.request)
        switch transfer.state {
        case .waiting(let continuation), .running(let continuation, _):
            transfer.state = .finished
            continuation.resume(throwing: error)
        case .new, .cancelled, .finished: break
        }
    }
}
