internal import Basics
internal import CLibCurl

/// libcurl's easy handle: one transfer at a time, again and again.
///
/// What all requests of a client have in common is set once; see `EasyHandle+Callbacks.swift` for
/// what libcurl calls back.
final class EasyHandle {
    let handle: UnsafeMutableRawPointer
    let settings: ConnectionSettings
    /// libcurl doesn't let it be changed from one transfer to the next.
    let room: ReceiveRoom
    /// The transfer under way, if any.
    private(set) var transfer: Transfer?
    /// The connection that was dialled for this transfer, if any was.
    var dialAttempt: DialAttempt?

    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headers: HeaderList?
    private var body = RequestBody()

    init(
        _ settings: ConnectionSettings, _ sockets: OpenSockets, room: ReceiveRoom
    ) throws {
        guard let handle = curl_easy_init() else {
            throw Fault(.failed, "libcurl has no memory for an easy handle")
        }
        self.handle = handle
        self.settings = settings
        self.room = room
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let options = OptionSetter(handle)
        settings.apply(to: options)
        options.set(CURLOPT_ERRORBUFFER, to: UnsafeMutableRawPointer(errorText))
        options.set(CURLOPT_BUFFERSIZE, to: room.rawValue)
        setCallbacks(options)
        sockets.follow(options)
        try options.check()
    }

    deinit {
        curl_easy_cleanup(handle)
        errorText.deallocate()
    }

    /// libcurl's words about the last failure; may be empty.
    var errorMessage: String { String(cString: errorText) }

    /// The object that owns libcurl's handle.
    static func owner(of handle: UnsafeMutableRawPointer?) -> EasyHandle? {
        var owner: UnsafeMutableRawPointer?
        guard let handle, curl_shim_get_pointer(handle, CURLINFO_PRIVATE, &owner) == CURLE_OK,
            let owner
        else { return nil }
        return Unmanaged<EasyHandle>.fromOpaque(owner).takeUnretainedValue()
    }

    /// Sets what is this transfer's own. Where that fails, too, the handle is to be unloaded.
    func load(_ transfer: Transfer) throws {
        let request = transfer.request
        self.transfer = transfer
        errorText[0] = 0
        let options = OptionSetter(handle)
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Fault(.failed, "\(request.label.debugDescription) is not a URL")
        }
        options.set(CURLOPT_URL, to: request.url)
        let hasBody = request.hasBody
        if headers?.stands(for: request.headers, hasBody: hasBody) != true {
            let list = try HeaderList(request.headers, hasBody: hasBody)
            options.set(CURLOPT_HTTPHEADER, to: list.head)
            headers = list
        }
        let encoding = request.mayBeCompressed ? "gzip" : nil
        options.set(CURLOPT_ACCEPT_ENCODING, to: encoding)
        setMethod(of: request, options)
        try options.check()
    }

    private func setMethod(of request: HTTPRequest, _ options: OptionSetter) {
        // HTTPGET also undoes what an earlier HEAD or POST has left behind.
        options.set(CURLOPT_HTTPGET, to: 1)
        if request.hasBody {
            let bytes = body.load(request.body)
            options.set(CURLOPT_POST, to: 1)
            options.set(CURLOPT_POSTFIELDSIZE_LARGE, size: curl_off_t(bytes.count))
            options.set(
                CURLOPT_POSTFIELDS, to: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        } else if request.method == "HEAD" {
            options.set(CURLOPT_NOBODY, to: 1)
        }
        options.set(CURLOPT_CUSTOMREQUEST, to: request.method)
    }

    /// Forgets the transfer and wipes what it sent.
    func unload() {
        transfer = nil
        dialAttempt = nil
        body.clear()
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return curl_shim_get_long(handle, info, &value) == CURLE_OK ? value : 0
    }

    func size(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return curl_shim_get_size(handle, info, &value) == CURLE_OK ? Int(value) : 0
    }

    /// What the transfer sent and received, as text of HTTP/1.1: libcurl doesn't tell what the
    /// header compression of HTTP/2 saves.
    var traffic: HTTPTraffic {
        // libcurl counts a body under 64 KiB as part of the request's head, or as much of it as
        // went out in the same write (MAX_INITIAL_POST_SIZE in its lib/http.h).
        let (head, body) = (long(CURLINFO_REQUEST_SIZE), size(CURLINFO_SIZE_UPLOAD_T))
        return HTTPTraffic(
            sent: body < 64 << 10 ? max(head, body) : head + body,
            received: long(CURLINFO_HEADER_SIZE) + size(CURLINFO_SIZE_DOWNLOAD_T))
    }

    /// How long TCP took to connect; nil where the transfer was made over an earlier connection, or
    /// over none.
    var handshake: Duration? {
        guard long(CURLINFO_NUM_CONNECTS) > 0 else { return nil }
        let microseconds = size(CURLINFO_CONNECT_TIME_T) - size(CURLINFO_NAMELOOKUP_TIME_T)
        return microseconds > 0 ? .microseconds(microseconds) : nil
    }
}

extension HTTPRequest {
    /// Methods whose requests always have a body, be it an empty one with `Content-Length: 0`.
    var hasBody: Bool { body != nil || ["POST", "PUT", "PATCH"].contains(method) }
}
