internal import Basics
internal import CLibZ
internal import Glibc

/// Owns one `z_stream`, which unpacks Deflate (RFC 1951).
final class Inflater {
    private(set) var isAtEnd = false
    // zlib remembers where it is.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let target = WipedBuffer(count: 1 << 18)

    init() throws(Fault) {
        stream.initialize(to: z_stream())
        stream.pointee.zalloc = { _, count, size in calloc(Int(count), Int(size)) }
        // zlib frees what came out last without wiping it.
        stream.pointee.zfree = { _, address in
            guard let address else { return }
            explicit_bzero(address, malloc_usable_size(address))
            free(address)
        }
        guard z_shim_inflate_init(stream) == Z_OK else { throw Self.noMemory }
    }

    deinit {
        // It also takes a stream that was never begun.
        inflateEnd(stream)
        stream.deallocate()
    }

    private static var noMemory: Fault { Fault(.failed, "zlib has no memory to unpack anything") }

    /// Takes the next of what is packed and lends what comes out of it, piece by piece.
    ///
    /// - Parameter source: at most 4 GiB.
    /// - Throws: `ArchiveDamage` for what is no Deflate and for what follows its end; what `lend`
    ///   throws.
    func take(
        _ source: UnsafeRawBufferPointer, _ lend: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        // zlib only reads through this pointer.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: source.baseAddress?.assumingMemoryBound(to: Bytef.self))
        stream.pointee.avail_in = UInt32(clamping: source.count)
        defer { stream.pointee.next_in = nil }
        repeat {
            let room = target.bytes
            stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: Bytef.self)
            stream.pointee.avail_out = UInt32(clamping: room.count)
            switch inflate(stream, Z_NO_FLUSH) {
            case Z_STREAM_END: isAtEnd = true
            // The latter where all was taken and has come out already.
            case Z_OK, Z_BUF_ERROR: break
            case Z_MEM_ERROR: throw Self.noMemory
            default: throw ArchiveDamage("what is packed can't be unpacked: it was altered")
            }
            let count = room.count - Int(stream.pointee.avail_out)
            if count > 0 { try lend(UnsafeRawBufferPointer(rebasing: room[..<count])) }
        } while !isAtEnd && stream.pointee.avail_out == 0
        guard stream.pointee.avail_in == 0 else {
            throw ArchiveDamage("something follows the end of what is packed")
        }
    }
}

/// Memory through which secrets may pass, packed or in plain.
final class WipedBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) { bytes = .allocate(byteCount: count, alignment: 16) }

    deinit {
        if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        bytes.deallocate()
    }
}
