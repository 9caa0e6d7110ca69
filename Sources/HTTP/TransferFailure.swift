internal import Basics
internal import CLibCurl
internal import Glibc

/// Why a transfer failed, as libcurl tells it.
struct TransferFailure {
    private let label: String
    private let code: CURLcode
    /// libcurl's own words, which are empty for some failures.
    private let words: String
    private let hadHead: Bool
    private let received: Int
    /// OpenSSL's X509_V_ERR_… of the server's certificate; 0 for none.
    private let verification: Int
    private let systemError: Int32
    private let dialFault: Fault?
    /// A connection was made for this transfer, and its TLS handshake was over.
    private let isFreshTLS: Bool
    /// There was a connection, its TLS handshake was over, and the request was on its way.
    private let wasAsked: Bool

    init(_ transfer: Transfer, _ easy: EasyHandle, _ code: CURLcode) {
        label = transfer.request.label
        self.code = code
        words = easy.errorMessage
        hadHead = transfer.hasHead
        received = transfer.received
        verification = easy.long(CURLINFO_SSL_VERIFYRESULT)
        systemError = Int32(truncatingIfNeeded: easy.long(CURLINFO_OS_ERRNO))
        dialFault = easy.dialAttempt?.fault
        isFreshTLS =
            easy.long(CURLINFO_NUM_CONNECTS) > 0
            && easy.size(CURLINFO_APPCONNECT_TIME_T) > 0
        wasAsked = easy.size(CURLINFO_PRETRANSFER_TIME_T) > 0
    }

    var fault: Fault {
        if let dialFault { return dialFault.during(label) }
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: return untrusted
        case CURLE_SSL_CACERT_BADFILE:
            return Fault(.badInput, "\(label): the authority certificates can't be read: \(reason)")
        case CURLE_SSL_CERTPROBLEM:
            return Fault(
                .badInput, "\(label): our client certificate or its key can't be used: \(reason)",
                hint: "The key must be unencrypted PEM and belong to the certificate.")
        case CURLE_OPERATION_TIMEDOUT:
            return Fault(wasAsked ? .timedOut : .unreachable, "\(label): \(reason)")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return Fault(.failed, "\(label): not a URL of http or https: \(reason)")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return Fault(.unreachable, "\(label): \(reason)")
        case CURLE_COULDNT_CONNECT: return notConnected
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_BAD_FUNCTION_ARGUMENT:
            return Fault(.failed, "\(label): \(reason)")
        default: return broken
        }
    }

    private var reason: String {
        words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
    }

    private var untrusted: Fault {
        let why = CertificateProblem(rawValue: verification)
        return Fault(
            .untrusted, "\(label): the server's certificate is not accepted: \(reason)",
            hint: (why ?? .wrongName).hint)
    }

    private var notConnected: Fault {
        let why =
            systemError == 0
            ? reason : "\(String(cString: strerror(systemError))) (\(reason))"
        return Fault(.unreachable, "\(label): no connection: \(why)")
    }

    private var broken: Fault {
        if let alert = TLSAlert(in: words), alert.isAboutOurCertificate {
            return Fault(
                .unauthenticated, "\(label): the server refuses our client certificate: \(words)",
                hint: "Is a client certificate configured, is it in date, and is it signed by an "
                    + "authority that the server trusts?")
        }
        if code == CURLE_SSL_CONNECT_ERROR {
            let hint =
                TLSAlert(in: words)?.number == TLSAlert.handshakeFailure
                ? "Some servers answer so where they want a client certificate." : nil
            return Fault(
                .unreachable, "\(label): TLS could not be agreed on: \(reason)", hint: hint)
        }
        if isFreshTLS && !hadHead {
            // In TLS 1.3 the client's handshake is over before the server has judged its
            // certificate, and the alert is lost where the server closes at once, as Go's does.
            return Fault(
                .unreachable,
                "\(label): the server closed the connection right after the TLS "
                    + "handshake: \(String(cString: curl_easy_strerror(code)))",
                hint: "A server that wants a client certificate does so when there is none or when "
                    + "it doesn't trust its authority.")
        }
        let place =
            hadHead
            ? "the connection broke after \(received) bytes of the answer's body"
            : "the connection broke before the answer"
        return Fault(.unreachable, "\(label): \(place): \(reason)")
    }
}

/// What OpenSSL's codes (openssl/x509_vfy.h) tell about a certificate, as far as people meet it.
enum CertificateProblem: Int {
    case wrongName = 62
    case notYetValid = 9
    case expired = 10
    case selfSigned = 18
    case selfSignedInChain = 19
    case unknownIssuer = 20
    case unverifiable = 21

    var hint: String {
        switch self {
        case .wrongName:
            "The certificate is for another name. Is this the right server?"
        case .notYetValid:
            "The certificate is not valid yet. Are both clocks right?"
        case .expired:
            "The certificate has expired: renew it on the server. Are both clocks right?"
        case .selfSigned, .selfSignedInChain, .unknownIssuer, .unverifiable:
            "It is signed by an authority that is not trusted here. Is this the right server, and "
                + "is the configured authority the one of this cluster?"
        }
    }
}

/// An alert that the server sent in place of going on with TLS.
struct TLSAlert {
    static let handshakeFailure = 40

    /// The number that RFC 8446, section 6, gives it.
    let number: Int

    /// Finds OpenSSL's error code (`error:0A00045C`) in libcurl's words. The low 23 bits are the
    /// reason, which for an alert is 1000 and its number (SSL_AD_REASON_OFFSET, openssl/ssl.h).
    init?(in words: String) {
        guard let start = words.firstRange(of: "error:")?.upperBound,
            let code = UInt32(words[start...].prefix(8), radix: 16)
        else { return nil }
        let (library, reason) = (code >> 23 & 0xFF, Int(code & 0x7F_FFFF))
        guard library == 20, (1000..<1256).contains(reason) else { return nil }
        number = reason - 1000
    }

    /// bad_certificate to certificate_unknown, unknown_ca, access_denied, certificate_required.
    var isAboutOurCertificate: Bool {
        (42...46).contains(number) || [48, 49, 116].contains(number)
    }
}

extension Fault {
    static func clientShutDown(_ request: HTTPRequest) -> Fault {
        Fault(.interrupted, "\(request.label): the HTTP client was shut down")
    }
}
