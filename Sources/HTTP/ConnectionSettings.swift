internal import Basics
internal import CLibCurl

/// A client's configuration in the form that its easy handles share.
final class ConnectionSettings {
    let dial: HTTPClientConfiguration.Dial?
    /// Where connections really go, if not where the URL says.
    let connectTo: URLAuthority?

    private let configuration: HTTPClientConfiguration
    private let authorities: PinnedBytes?
    private let certificate: PinnedBytes?
    private let key: PinnedBytes?
    private let detour: HTTPDetour?

    init(_ configuration: HTTPClientConfiguration) throws {
        self.configuration = configuration
        dial = configuration.dial
        connectTo = configuration.connectTo.map(URLAuthority.init)
        if case .authorities(let pem) = configuration.trust {
            authorities = PinnedBytes(pem)
        } else {
            authorities = nil
        }
        certificate = configuration.identity.map { PinnedBytes($0.certificatePEM) }
        key = configuration.identity.map { PinnedBytes($0.keyPEM) }
        detour = try HTTPDetour(dials: dial != nil, connectTo: connectTo)
    }

    func apply(to options: OptionSetter) {
        applyProtocol(to: options)
        applyTrust(to: options)
        applyTimeouts(to: options)
        if let detour { options.set(CURLOPT_CONNECT_TO, to: detour.list) }
    }

    private func applyProtocol(to options: OptionSetter) {
        options.set(CURLOPT_PROTOCOLS_STR, to: "http,https")
        options.set(CURLOPT_NOSIGNAL, to: 1)
        options.set(CURLOPT_USERAGENT, to: configuration.userAgent)
        // Names of objects may hold what looks like a relative path.
        options.set(CURLOPT_PATH_AS_IS, to: 1)
        options.set(CURLOPT_TCP_KEEPALIVE, to: 1)
        switch configuration.version {
        case .http2:
            options.set(CURLOPT_HTTP_VERSION, to: Int(CURL_HTTP_VERSION_2TLS))
            // Rather wait for a connection that will multiplex than open one more.
            options.set(CURLOPT_PIPEWAIT, to: 1)
        case .http1:
            options.set(CURLOPT_HTTP_VERSION, to: Int(CURL_HTTP_VERSION_1_1))
        }
        // An empty name, unlike none, also overrules the environment.
        if dial != nil || configuration.proxy == .none { options.set(CURLOPT_PROXY, to: "") }
    }

    private func applyTrust(to options: OptionSetter) {
        options.set(CURLOPT_SSLVERSION, to: Int(CURL_SSLVERSION_TLSv1_2))
        switch configuration.trust {
        case .system: break
        case .authorities:
            // The system's folder would otherwise be trusted besides.
            options.set(CURLOPT_CAPATH, to: String?.none)
            if let authorities { options.set(CURLOPT_CAINFO_BLOB, to: authorities) }
        case .insecure:
            options.set(CURLOPT_SSL_VERIFYPEER, to: 0)
            options.set(CURLOPT_SSL_VERIFYHOST, to: 0)
        }
        guard let certificate, let key else { return }
        options.set(CURLOPT_SSLCERT_BLOB, to: certificate)
        options.set(CURLOPT_SSLKEY_BLOB, to: key)
        // Without a password OpenSSL would ask for one on the terminal.
        options.set(CURLOPT_KEYPASSWD, to: "")
    }

    private func applyTimeouts(to options: OptionSetter) {
        options.set(
            CURLOPT_CONNECTTIMEOUT_MS, to: max(1, configuration.connectTimeout.milliseconds))
        if let limit = configuration.requestTimeout {
            options.set(CURLOPT_TIMEOUT_MS, to: max(1, limit.milliseconds))
        }
        if let limit = configuration.idleTimeout {
            options.set(CURLOPT_LOW_SPEED_LIMIT, to: 1)
            options.set(CURLOPT_LOW_SPEED_TIME, to: max(1, limit.milliseconds / 1000))
        }
    }
}

/// `CURLOPT_CONNECT_TO`: sends every connection to one place.
final class HTTPDetour {
    let list: UnsafeMutablePointer<curl_slist>?

    /// Nil where connections go where their URLs say.
    init?(dials: Bool, connectTo: URLAuthority?) throws {
        let place: String
        if dials {
            // An address, so that nothing is looked up; the port stays the URL's.
            place = "127.0.0.1:"
        } else if let connectTo {
            let host = connectTo.host.contains(":") ? "[\(connectTo.host)]" : connectTo.host
            place = "\(host):\(connectTo.port)"
        } else {
            return nil
        }
        guard let list = curl_slist_append(nil, "::\(place)") else {
            throw Fault(.failed, "libcurl has no memory for a connection's target")
        }
        self.list = list
    }

    deinit { curl_slist_free_all(list) }
}

extension URLAuthority {
    init(_ place: (host: String, port: Int)) {
        self.init(host: place.host, port: place.port)
    }

    private init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

extension Duration {
    /// Rounded up.
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = components
        let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int(min(max(seconds, 0), 1 << 31)) * 1000 + Int(max(rest, 0))
    }
}
