internal import Basics
internal import CLibCurl

/// Sets options of an easy handle and remembers the first that failed.
final class OptionSetter {
    private let handle: UnsafeMutableRawPointer
    private var failure: (option: CURLoption, code: CURLcode)?

    init(_ handle: UnsafeMutableRawPointer) {
        self.handle = handle
    }

    /// - Throws: a `Fault` where any option could not be set.
    func check() throws {
        guard let failure else { return }
        let option = curl_easy_option_by_id(failure.option).map { String(cString: $0.pointee.name) }
        throw Fault(
            .failed,
            "libcurl can't set \(option ?? "an option"): "
                + String(cString: curl_easy_strerror(failure.code)))
    }

    func set(_ option: CURLoption, to value: Int) {
        note(option, curl_shim_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, size: curl_off_t) {
        note(option, curl_shim_set_size(handle, option, size))
    }

    /// Text is copied by libcurl.
    func set(_ option: CURLoption, to text: String?) {
        note(option, curl_shim_set_text(handle, option, text))
    }

    func set(_ option: CURLoption, to pointer: UnsafeMutableRawPointer?) {
        note(option, curl_shim_set_pointer(handle, option, pointer))
    }

    func set(_ option: CURLoption, to list: UnsafeMutablePointer<curl_slist>?) {
        note(option, curl_shim_set_list(handle, option, list))
    }

    /// The bytes aren't copied: whoever calls keeps them as long as the handle.
    func set(_ option: CURLoption, to bytes: PinnedBytes) {
        var blob = curl_blob(
            data: bytes.buffer.baseAddress, len: bytes.buffer.count,
            flags: UInt32(CURL_BLOB_NOCOPY))
        note(option, curl_shim_set_blob(handle, option, &blob))
    }

    func setReceiver(_ option: CURLoption, _ receiver: curl_write_callback) {
        note(option, curl_shim_set_receiver(handle, option, receiver))
    }

    func setSocketOpener(_ opener: curl_opensocket_callback) {
        note(CURLOPT_OPENSOCKETFUNCTION, curl_shim_set_socket_opener(handle, opener))
    }

    func setSocketFollower(_ follower: curl_sockopt_callback) {
        note(CURLOPT_SOCKOPTFUNCTION, curl_shim_set_socket_follower(handle, follower))
    }

    func setSocketCloser(_ closer: curl_closesocket_callback) {
        note(CURLOPT_CLOSESOCKETFUNCTION, curl_shim_set_socket_closer(handle, closer))
    }

    private func note(_ option: CURLoption, _ code: CURLcode) {
        if code != CURLE_OK && failure == nil { failure = (option, code) }
    }
}
