internal import Basics
internal import CLibCurl

/// libcurl's multi handle: transfers side by side, and the connections they share.
///
/// `@unchecked` because `wakeUp` may be called from anywhere (curl_multi_wakeup(3)) as long as the
/// handle lives, and everything else is called by the client's thread alone.
final class MultiHandle: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    /// Of the handle's connections, which it closes at its own end.
    let sockets = OpenSockets()

    init(_ configuration: HTTPClientConfiguration) throws {
        try Self.globalState.get()
        guard let handle = curl_multi_init() else {
            throw Fault(.failed, "libcurl has no memory for a multi handle")
        }
        self.handle = handle
        let options = [
            (CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX)),
            (CURLMOPT_MAX_HOST_CONNECTIONS, max(1, configuration.connectionsPerHost)),
            (CURLMOPT_MAX_CONCURRENT_STREAMS, max(1, configuration.streamsPerConnection)),
            // Else four for each transfer under way, so that a lull would close the others.
            (CURLMOPT_MAXCONNECTS, max(16, configuration.connectionsPerHost)),
        ]
        for (option, value) in options {
            let code = curl_shim_multi_set_long(handle, option, value)
            guard code == CURLM_OK else { throw Self.fault(code) }
        }
    }

    deinit { curl_multi_cleanup(handle) }

    func wakeUp() {
        curl_multi_wakeup(handle)
    }

    func add(_ easy: EasyHandle) throws {
        let code = curl_multi_add_handle(handle, easy.handle)
        guard code == CURLM_OK else { throw Self.fault(code) }
    }

    func remove(_ easy: EasyHandle) {
        curl_multi_remove_handle(handle, easy.handle)
    }

    /// Does what can be done without waiting.
    ///
    /// - Parameter isManyToSend: what is sent may go out together at the end.
    func perform(isManyToSend: Bool) throws {
        var running: Int32 = 0
        var code = CURLM_OK
        if isManyToSend {
            sockets.holdingBack { code = curl_multi_perform(handle, &running) }
        } else {
            code = curl_multi_perform(handle, &running)
        }
        guard code == CURLM_OK else { throw Self.fault(code) }
    }

    /// Waits until something can be done, `wakeUp` was called, a timer of libcurl's is due or one
    /// of the further descriptors can be read.
    func wait(watching others: [Int32]) throws {
        var others = others.map {
            curl_waitfd(fd: $0, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        }
        let code = curl_multi_poll(handle, &others, UInt32(others.count), 60_000, nil)
        guard code == CURLM_OK else { throw Self.fault(code) }
    }

    /// The next transfer that has come to its end, and how.
    func nextFinished() -> (EasyHandle, CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE,
                let easy = EasyHandle.owner(of: message.pointee.easy_handle)
            else { continue }
            return (easy, message.pointee.data.result)
        }
        return nil
    }

    private static func fault(_ code: CURLMcode) -> Fault {
        Fault(.failed, "libcurl: \(String(cString: curl_multi_strerror(code)))")
    }

    /// Once in the life of the process; never undone, since other threads may still use OpenSSL.
    private static let globalState: Result<Void, Fault> = {
        let code = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        guard code == CURLE_OK else {
            return .failure(
                Fault(.failed, "can't start libcurl: \(String(cString: curl_easy_strerror(code)))"))
        }
        return .success(())
    }()
}
