internal import Glibc
internal import StandIn

/// The whole stand-in: watches the folder, keeps its pods running, and ends them when it ends.
public struct Kubelet: ~Copyable {
    private let options: KubeletOptions
    private let runtime: ContainerRuntime
    private var source: FileSource
    private var workers = PodWorkers()
    private var running: [ContainerRuntime.Running] = []
    private var watch: FolderWatch?
    private var nextRelist = Duration.zero
    private var nextWatch = Duration.zero

    // Set by a signal handler.
    nonisolated(unsafe) private static var isToEnd: sig_atomic_t = 0

    /// - Parameter containers: the folder of images and of what containers need.
    public init(_ options: KubeletOptions, containers: String) {
        self.options = options
        runtime = ContainerRuntime(folder: containers, programs: OwnProgram.folder)
        source = FileSource(node: System.hostName())
    }

    /// Runs until it's told to end.
    public mutating func run() {
        for number in [SIGTERM, SIGINT] { Glibc.signal(number) { _ in Kubelet.isToEnd = 1 } }
        logLine("I", "Watching path \(options.staticPodPath)")
        while Self.isToEnd == 0 {
            let now = System.now()
            watchAgain(now)
            if now >= nextRelist {
                relist()
                nextRelist = now + options.checkFrequency
            }
            takeEvents()
            reap()
            act()
        }
        endAll()
    }

    // MARK: The folder

    private mutating func watchAgain(_ now: Duration) {
        guard watch == nil, now >= nextWatch else { return }
        nextWatch = now + .seconds(1)
        do { watch = try FolderWatch(options.staticPodPath) } catch { logLine("E", "\(error)") }
    }

    private mutating func relist() {
        let folder = options.staticPodPath
        let names = System.list(folder).filter { !$0.hasPrefix(".") }
        var files: [FileSource.File] = []
        for name in names where System.kind("\(folder)/\(name)") == .file {
            // One that can't be read is as one that isn't there.
            if let bytes = try? System.read("\(folder)/\(name)") {
                files.append(.init(path: "\(folder)/\(name)", bytes: bytes))
            }
        }
        for complaint in source.relist(files) { logLine("E", complaint) }
    }

    /// Waits a moment for them.
    private mutating func takeEvents() {
        guard let events = watch?.events(within: 50) else {
            usleep(50_000)
            return
        }
        for event in events {
            switch event {
            case .touched(let name) where !name.hasPrefix("."):
                let path = "\(options.staticPodPath)/\(name)"
                do {
                    try source.touched(.init(path: path, bytes: System.read(path)))
                } catch {
                    logLine("E", "can't process config file \"\(path)\": \(error)")
                }
                // What comes between two events is acted on, too.
                act()
            case .removed(let name):
                source.removed(path: "\(options.staticPodPath)/\(name)")
                act()
            case .touched: continue
            case .over: watch = nil
            }
        }
    }

    // MARK: The containers

    private mutating func act() {
        let now = System.now()
        for action in workers.actions(wanted: source.pods, now: now) {
            switch action {
            case .start(let pod, let name): start(pod, name, now)
            case .end(let uid, let name): send(SIGTERM, to: name, of: uid)
            case .kill(let uid, let name): send(ContainerRuntime.killSignal, to: name, of: uid)
            case .forget(let pod):
                System.remove("/var/lib/kubelet/pods/\(pod.uid)")
                logLine("I", "Pod \(pod.name) (\(pod.uid)) has ended")
            }
        }
    }

    private mutating func start(_ pod: StaticPod, _ name: String, _ now: Duration) {
        guard let container = pod.containers.first(where: { $0.name == name }) else { return }
        do {
            let started = try runtime.start(pod, container)
            running.append(started)
            logLine("I", "Started container \(name) of \(pod.name) (\(pod.uid))")
        } catch {
            logLine("E", "Error syncing pod \(pod.name) (\(pod.uid)), container \(name): \(error)")
            workers.failedToStart(uid: pod.uid, container: name, now: now)
        }
    }

    private func send(_ number: Int32, to name: String, of uid: String) {
        let grace = number == SIGTERM ? "with a grace period" : "at once"
        for container in running where container.uid == uid && container.container == name {
            logLine("I", "Killing container \(grace): \(name) of \(uid)")
            runtime.signal(container, number)
        }
    }

    private mutating func reap() {
        var status: Int32 = 0
        while true {
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            guard let index = running.firstIndex(where: { $0.shim == pid }) else { continue }
            let ended = running.remove(at: index)
            logLine(
                "I",
                "Container \(ended.container) of \(ended.uid) has ended with status "
                    + "\(System.exitStatus(status))")
            runtime.clearAway(ended)
            workers.ended(uid: ended.uid, container: ended.container, now: System.now())
        }
    }

    private mutating func endAll() {
        for container in running { runtime.signal(container, ContainerRuntime.killSignal) }
        while !running.isEmpty {
            reap()
            usleep(10_000)
        }
    }
}
