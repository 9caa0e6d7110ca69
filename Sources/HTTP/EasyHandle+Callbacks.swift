internal import Basics
internal import CLibCurl

extension EasyHandle {
    /// libcurl gets the handle's owner without a reference counted: it calls back only during
    /// calls that the owner, or the multi handle that holds it, makes.
    func setCallbacks(_ options: OptionSetter) {
        let owner = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_PRIVATE, to: owner)
        options.set(CURLOPT_HEADERDATA, to: owner)
        options.set(CURLOPT_WRITEDATA, to: owner)
        options.setReceiver(CURLOPT_HEADERFUNCTION) { bytes, size, count, owner in
            receive(bytes, size * count, owner) { $0.receive(headerLine: $1) }
        }
        options.setReceiver(CURLOPT_WRITEFUNCTION) { bytes, size, count, owner in
            receive(bytes, size * count, owner) { $0.receive(body: $1) }
        }
        guard settings.dial != nil else { return }
        options.set(CURLOPT_OPENSOCKETDATA, to: owner)
        options.setSocketOpener { owner, _, _ in
            guard let owner else { return CURL_SOCKET_BAD }
            return Unmanaged<EasyHandle>.fromOpaque(owner).takeUnretainedValue().dial()
        }
        options.setSocketPreparer { _, _, _ in Int32(CURL_SOCKOPT_ALREADY_CONNECTED) }
    }

    private func dial() -> curl_socket_t {
        guard let dial = settings.dial, let transfer,
            let place = settings.connectTo ?? URLAuthority(url: transfer.request.url)
        else { return CURL_SOCKET_BAD }
        let attempt = DialAttempt()
        dialAttempt = attempt
        return attempt.start(dial, host: place.host, port: place.port) ?? CURL_SOCKET_BAD
    }
}

/// Hands bytes to the transfer under way. Anything but their count as result ends the transfer.
private func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ owner: UnsafeMutableRawPointer?,
    by method: (Transfer, UnsafeRawBufferPointer) -> Bool
) -> Int {
    guard count > 0 else { return 0 }
    guard let owner,
        let transfer = Unmanaged<EasyHandle>.fromOpaque(owner).takeUnretainedValue().transfer
    else { return 0 }
    return method(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
}
