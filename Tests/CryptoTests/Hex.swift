import Basics

/// The bytes that the hexadecimal digits name; what isn't one is skipped.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue).map(UInt8.init)
    return stride(from: 1, to: digits.count, by: 2).map { digits[$0 - 1] << 4 | digits[$0] }
}

func secret(_ hex: String) -> SecretBytes { SecretBytes(copying: bytes(hex)) }

/// What `open` makes of `count` bytes where there is only one: it must not look at them.
func resultOfClaimed<Result>(
    count: Int, _ open: (UnsafeRawBufferPointer) -> Result
) -> Result {
    withUnsafeBytes(of: UInt8(0)) {
        open(UnsafeRawBufferPointer(start: $0.baseAddress, count: count))
    }
}

/// Every value that differs from `value` in one bit.
func withOneBitFlipped(_ value: [UInt8]) -> [[UInt8]] {
    (0..<value.count * 8).map { bit in
        var altered = value
        altered[bit / 8] ^= 1 << UInt8(bit % 8)
        return altered
    }
}
