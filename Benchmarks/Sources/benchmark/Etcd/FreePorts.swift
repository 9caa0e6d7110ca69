internal import Basics
internal import Glibc

enum FreePorts {
    /// Ports of 127.0.0.1 on which nobody listens, each another one.
    static func find(_ count: Int) throws -> [UInt16] {
        var sockets: [Int32] = []
        // Only closed when all are found, so that none is found twice.
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard socket >= 0 else { throw SystemCall.fault("can't make a socket") }
            sockets.append(socket)
            return try bind(socket)
        }
    }

    private static func bind(_ socket: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(socket, $0, length) == 0 ? getsockname(socket, $0, &length) : -1
            }
        }
        guard status == 0 else { throw SystemCall.fault("can't find a free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}
