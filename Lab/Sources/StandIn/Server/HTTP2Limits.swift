internal import NIOHTTP2

/// NIO's guards against hostile peers, wide open: they mistake busy clients, and the pings by
/// which gRPC in Go measures bandwidth, for attacks, and close the connection, as no
/// kube-apiserver does.
extension NIOHTTP2Handler.ConnectionConfiguration {
    mutating func openGuards() {
        maximumConnectionGlitches = .max
        controlFrameRateLimit.maximumCount = .max
        maximumRecentlyResetStreams = 10_000
        maximumSequentialEmptyDataFrames = 10_000
    }
}

extension NIOHTTP2Handler.StreamConfiguration {
    mutating func openGuards() {
        streamResetFrameRateLimit.maximumCount = .max
        streamErrorRateLimit.maximumCount = .max
    }
}
