import Foundation

/// Gives the kernel time to deliver what was written last on loopback.
func usleepForDelivery() {
    usleep(50_000)
}
