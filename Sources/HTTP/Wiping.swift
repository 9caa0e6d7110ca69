internal import Glibc

extension UnsafeMutableRawBufferPointer {
    /// Overwrites with zeros in a way that the compiler can't leave out.
    func wipe() {
        guard let baseAddress else { return }
        explicit_bzero(baseAddress, count)
    }
}
