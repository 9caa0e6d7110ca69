/// Brings what runs to what is wanted: decides which containers are started, ended and killed, and
/// when. It does nothing itself and has no clock; times are since any fixed moment.
public struct PodWorkers: Sendable {
    public enum Action: Sendable, Equatable {
        case start(StaticPod, container: String)
        /// SIGTERM
        case end(uid: String, container: String)
        /// SIGKILL
        case kill(uid: String, container: String)
        /// Nothing of the pod runs any more.
        case forget(StaticPod)
    }

    private enum State {
        case waiting(until: Duration)
        case running
        case ended
    }

    private struct Worker {
        var pod: StaticPod
        var containers: [String: State]
        /// When what still runs is killed; set once the pod isn't wanted any more.
        var deadline: Duration?
        var isKilled = false

        /// Names of the containers that run, sorted.
        var running: [String] {
            containers.filter { if case .running = $0.value { true } else { false } }.keys.sorted()
        }

        mutating func update(to pod: StaticPod) {
            self.pod = pod
            for container in pod.containers where containers[container.name] == nil {
                containers[container.name] = .waiting(until: .zero)
            }
        }
    }

    private var workers: [String: Worker] = [:]
    private var backoff = CrashBackoff()
    /// How long until a container is tried again that couldn't be made.
    private static let retry = Duration.seconds(2)

    public init() {}

    /// What is to be done now. Asking again without any change gives nothing new.
    public mutating func actions(
        wanted: [StaticPod.Name: StaticPod], now: Duration
    ) -> [Action] {
        var actions: [Action] = []
        let pods = Dictionary(wanted.values.map { ($0.uid, $0) }) { first, _ in first }
        for uid in workers.keys.sorted() { actions += keep(uid, as: pods[uid], now) }
        for (name, pod) in wanted.sorted(by: { $0.key < $1.key }) where workers[pod.uid] == nil {
            // The kubelet waits until the former pod of the name has ended (`allowStaticPodStart`).
            guard !workers.values.contains(where: { $0.pod.name == name }) else { continue }
            let states = pod.containers.map { ($0.name, State.waiting(until: now)) }
            workers[pod.uid] = Worker(
                pod: pod, containers: Dictionary(uniqueKeysWithValues: states))
        }
        for uid in workers.keys.sorted() { actions += start(uid, now) }
        return actions
    }

    /// When there may be something to do without anything having happened.
    public var nextMoment: Duration? {
        workers.values.flatMap { worker -> [Duration] in
            if let deadline = worker.deadline { return worker.isKilled ? [] : [deadline] }
            return worker.containers.values.compactMap {
                if case .waiting(let moment) = $0 { moment } else { nil }
            }
        }.min()
    }

    /// A container's process is over.
    public mutating func ended(uid: String, container: String, now: Duration) {
        guard let worker = workers[uid], worker.containers[container] != nil else { return }
        if worker.deadline == nil {
            let moment = backoff.restart("\(uid) \(container)", endedAt: now)
            workers[uid]?.containers[container] = .waiting(until: moment)
        } else {
            workers[uid]?.containers[container] = .ended
        }
    }

    /// A container couldn't be made: no image, or no volume.
    public mutating func failedToStart(uid: String, container: String, now: Duration) {
        guard let worker = workers[uid], worker.containers[container] != nil else { return }
        workers[uid]?.containers[container] =
            worker.deadline == nil ? .waiting(until: now + Self.retry) : .ended
    }

    private mutating func keep(_ uid: String, as pod: StaticPod?, _ now: Duration) -> [Action] {
        guard var worker = workers.removeValue(forKey: uid) else { return [] }
        var actions: [Action] = []
        let running = worker.running
        if worker.deadline == nil {
            if let pod, pod.name == worker.pod.name {
                // An identity that the file fixes: of a running container only the image counts
                // (`HashContainer` from 1.31 on), everything else when it's started the next time.
                actions = running.filter { name in
                    pod.image(of: name) != worker.pod.image(of: name)
                }.map { .end(uid: uid, container: $0) }
                worker.update(to: pod)
                workers[uid] = worker
                return actions
            }
            worker.deadline = now + worker.pod.gracePeriod
            actions = running.map { .end(uid: uid, container: $0) }
        }
        guard !running.isEmpty else {
            backoff.forget(prefix: uid)
            return actions + [.forget(worker.pod)]
        }
        if let deadline = worker.deadline, deadline <= now, !worker.isKilled {
            worker.isKilled = true
            actions += running.map { .kill(uid: uid, container: $0) }
        }
        workers[uid] = worker
        return actions
    }

    private mutating func start(_ uid: String, _ now: Duration) -> [Action] {
        guard let worker = workers[uid], worker.deadline == nil else { return [] }
        return worker.pod.containers.compactMap { container in
            guard case .waiting(let moment)? = worker.containers[container.name], moment <= now
            else { return nil }
            workers[uid]?.containers[container.name] = .running
            return .start(worker.pod, container: container.name)
        }
    }
}

extension StaticPod {
    func image(of container: String) -> String? {
        containers.first { $0.name == container }?.image
    }
}
