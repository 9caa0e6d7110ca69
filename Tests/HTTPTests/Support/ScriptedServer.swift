import Foundation
import Synchronization
import Testing

/// An HTTP/1.1 server without TLS that does byte for byte what a test says, and fails the test
/// when it is asked for anything else.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        /// `GET /path?query`
        let line: String
        /// As they came, each with its line end.
        let headers: [String]
        let body: [UInt8]

        func value(of name: String) -> String? {
            headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map {
                    $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespacesAndNewlines)
                }
        }
    }

    typealias Script = @Sendable (Request, ScriptedConnection) -> Void

    let port: Int
    private let listener: Int32
    private let scripts: [String: Script]
    private let seen = Mutex<(connections: Int, requests: [Request], bytes: Int)>((0, [], 0))

    /// - Parameter scripts: by method and path, `GET /path`.
    init(_ scripts: [String: Script]) throws {
        self.scripts = scripts
        (listener, port) = try listenOnLoopback()
        let listener = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else { return }
                guard let self else {
                    close(socket)
                    return
                }
                self.serveOnThread(socket)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    var connections: Int { seen.withLock { $0.connections } }
    var requests: [Request] { seen.withLock { $0.requests } }
    /// Bytes of all requests, heads included.
    var bytesReceived: Int { seen.withLock { $0.bytes } }
    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Serves a connection that is there already, one end of a socket pair, say.
    func serveOnThread(_ socket: Int32) {
        Thread.detachNewThread { self.serve(ScriptedConnection(socket)) }
    }

    private func serve(_ connection: ScriptedConnection) {
        seen.withLock { $0.connections += 1 }
        while let (request, count) = connection.nextRequest() {
            seen.withLock {
                $0.requests.append(request)
                $0.bytes += count
            }
            let path = request.line.prefix { $0 != "?" }
            guard let script = scripts[String(path)] else {
                Issue.record("not in the script: \(request.line)")
                break
            }
            script(request, connection)
        }
        connection.close()
    }
}

/// The server's side of one connection.
final class ScriptedConnection: Sendable {
    private let socket: Int32
    private let isOpen = Mutex(true)

    init(_ socket: Int32) { self.socket = socket }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// A whole answer with a length.
    func answer(status: String = "200 OK", headers: String = "", _ body: String = "") {
        write("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    func close() { closeOnce(lingering: nil) }

    /// Ends the connection with RST.
    func reset() { closeOnce(lingering: linger(l_onoff: 1, l_linger: 0)) }

    /// Waits until the client has closed its side.
    func waitForEnd() {
        var byte: UInt8 = 0
        while recv(socket, &byte, 1, 0) > 0 {}
    }

    private func closeOnce(lingering option: linger?) {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            if var option {
                setsockopt(
                    socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            }
            Glibc.close(socket)
            isOpen = false
        }
    }

    fileprivate func nextRequest() -> (ScriptedServer.Request, Int)? {
        var head: [UInt8] = []
        while !head.ends(with: "\r\n\r\n".utf8) {
            var byte: UInt8 = 0
            guard isOpen.withLock({ $0 }), recv(socket, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let line = lines[0].components(separatedBy: " ").dropLast().joined(separator: " ")
        let headers = lines.dropFirst().filter { !$0.isEmpty }
        var request = ScriptedServer.Request(line: line, headers: headers, body: [])
        let length = request.value(of: "content-length").flatMap { Int($0) } ?? 0
        var body = [UInt8](repeating: 0, count: length)
        if length > 0 {
            guard recv(socket, &body, length, Int32(MSG_WAITALL)) == length
            else { return nil }
        }
        request = ScriptedServer.Request(line: line, headers: headers, body: body)
        return (request, head.count + length)
    }
}

extension [UInt8] {
    fileprivate func ends(with end: some Collection<UInt8>) -> Bool {
        suffix(end.count).elementsEqual(end)
    }
}

struct SystemCallFailed: Error { let call: String, number: Int32 }

/// A listening socket on a free port of 127.0.0.1.
func listenOnLoopback() throws -> (socket: Int32, port: Int) {
    let socket = Glibc.socket(
        AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = try withUnsafeMutablePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            guard bind(socket, pointer, length) == 0, listen(socket, 512) == 0,
                getsockname(socket, pointer, &length) == 0
            else { throw SystemCallFailed(call: "bind or listen", number: errno) }
        }
        return Int(UInt16(bigEndian: pointer.pointee.sin_port))
    }
    return (socket, port)
}

/// A port of 127.0.0.1 on which nobody listens.
func freePort() throws -> Int {
    let (socket, port) = try listenOnLoopback()
    close(socket)
    return port
}
