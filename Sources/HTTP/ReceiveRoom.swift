/// How much of an answer libcurl takes in at a time (`CURLOPT_BUFFERSIZE`).
///
/// Whichever transfer libcurl 7.88 looks at first reads what the connection has, the others' answers
/// too, into their buffers. Where one overflows, libcurl has nghttp2 pause, and goes on with the next
/// bytes that come in. If the overflow was in the last of all that the server had to say, none come:
/// the answer is there but for its end, and its transfer waits until it times out. So whatever may be
/// asked side by side has to fit, but for the pages of long lists, after which more is asked.
enum ReceiveRoom: Int {
    /// In bytes; the most that libcurl 7.88 grants. Only what is used of it becomes memory.
    case usual = 524_288
    /// For the answer to what hundreds may be under way of: two TLS records and what the compressed
    /// headers become, so that a transfer which is alone never pauses.
    case ofPatch = 65_536

    init(for request: HTTPRequest) {
        self = request.method == "PATCH" ? .ofPatch : .usual
    }
}
