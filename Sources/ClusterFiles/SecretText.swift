internal import Basics

/// Puts a secret text together, piece by piece, without leaving copies of the secret ones behind.
struct SecretText {
    private var pieces: [SecretBytes] = []
    private var open: [UInt8] = []

    mutating func append(_ text: String) { open.append(contentsOf: text.utf8) }

    mutating func append(_ secret: SecretBytes) {
        close()
        pieces.append(secret)
    }

    private mutating func close() {
        if !open.isEmpty { pieces.append(SecretBytes(copying: open)) }
        open = []
    }

    consuming func finish() -> SecretBytes {
        close()
        let pieces = pieces
        return SecretBytes(count: pieces.reduce(0) { $0 + $1.count }) { target in
            var offset = 0
            for piece in pieces {
                piece.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyBytes(from: $0)
                }
                offset += piece.count
            }
        }
    }
}
