/// Docker's way to put standard output and error into one stream: frames of a stream number, three
/// zeros, a big-endian length of four bytes, and so many bytes (Engine API, «Attach to a
/// container»).
enum EngineStream {
    /// The contents of all frames; what is left at the end is taken as far as it goes.
    static func text(of bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var rest = bytes[...]
        while rest.count > 8 {
            let header = rest.prefix(8)
            let length = header.suffix(4).reduce(0) { $0 << 8 | Int($1) }
            let body = rest.dropFirst(8).prefix(length)
            text += body
            rest = rest.dropFirst(8 + body.count)
        }
        return text
    }
}
