import Testing

/// Everything that is tried against a real Docker Engine, of which one serves them all.
@Suite(.enabled(if: DockerDaemon.isAvailable, "needs root, dockerd and busybox"), .docker)
struct DockerTests {}
