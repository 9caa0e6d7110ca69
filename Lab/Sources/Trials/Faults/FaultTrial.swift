internal import LabKit

/// One fault, one moment, one workflow, and how the run has to end.
package struct FaultTrial: Sendable {
    /// What happens, for the table: `a node is cut off`.
    package let name: String
    let workflow: FaultedWorkflow
    let moment: Moment
    let bench: FaultBench
    let ending: Ending
    /// The numbers of the nodes whose API server may be down while the fault lasts.
    let victims: Set<Int>
    /// The stand-in's own faults can't be had of a real kube-apiserver.
    let needsStandIn: Bool
    /// It's about the Docker Engine, or about how a container is replaced by another: on purpose
    /// not tried where there is none.
    let needsDocker: Bool
    /// How many requests a second the rewrite may make, so that a moment in its midst can be met.
    let qps: Int?
    /// How long the run may take until it ends in whatever way.
    let limit: Duration
    /// Besides `HOME` and `PATH`, for the run that meets the fault.
    let environment: @Sendable (FaultScene) async throws -> [String: String]
    /// Brings the fault about.
    let inject: @Sendable (FaultScene) async throws -> Mend

    init(
        _ name: String, _ workflow: FaultedWorkflow, _ moment: Moment, on bench: FaultBench,
        _ ending: Ending, victims: Set<Int> = [], needsStandIn: Bool = false,
        needsDocker: Bool = false, qps: Int? = nil,
        limit: Duration = .seconds(150),
        environment: @escaping @Sendable (FaultScene) async throws -> [String: String] = { _ in
            [:]
        },
        inject: @escaping @Sendable (FaultScene) async throws -> Mend
    ) {
        self.name = name
        self.workflow = workflow
        self.moment = moment
        self.bench = bench
        self.ending = ending
        self.victims = victims
        self.needsStandIn = needsStandIn
        self.needsDocker = needsDocker || moment.needsDocker
        self.qps = qps
        self.limit = limit
        self.environment = environment
        self.inject = inject
    }

    /// How the run that meets the fault may end.
    enum Ending: Sendable {
        case success
        /// With a failure or refusal that has all these words in its message or hint.
        case stop([String])
        /// What is met first decides.
        case either([String])
    }

    package static let all: [FaultTrial] =
        cutOff + sshd + disk + engine + servers + etcd + links + answers + objects + clocks

    /// Some that take seconds rather than minutes, one after another on one lab of `.docker`.
    package static let quick: [FaultTrial] =
        [
            "enable: sshd of node 2 is gone, while node 2's server is replaced",
            "rotate: an admission webhook denies every write of lab-1/large,"
                + " after node 1's turn in stage 1",
        ].flatMap { title in all.filter { $0.title == title } }

    /// The same for a lab of static pods.
    package static let quickOnPods: [FaultTrial] = [quick[1]]

    /// Whether the lab's servers can be brought to it: a real one answers no faults by order.
    package func isPossible(on server: String) -> Bool {
        !needsStandIn || APIServerProgram.isStandIn(server)
    }

    /// Workflow, fault and moment.
    package var title: String { "\(workflow.rawValue): \(name), \(moment.told)" }
}

/// Undoes a fault.
typealias Mend = @Sendable () async throws -> Void

/// Where a fault is injected.
struct FaultScene: Sendable {
    let lab: Lab
    let user: Operator

    /// - Parameter number: counted from 1.
    func node(_ number: Int) -> LabNode { lab.nodes[number - 1] }
}

/// What is run while the fault happens.
enum FaultedWorkflow: String, Sendable {
    case enable, rotate, disable

    var command: [String] { self == .rotate ? ["encrypt", "rotate-key"] : ["up"] }
    /// What the message has to name as the command that continues.
    var commandLine: String { "orchestrator " + command.joined(separator: " ") }
    /// Whether the cluster has to be encrypted when it begins, and is when it has ended.
    var beginsEncrypted: Bool { self != .enable }
    var endsEncrypted: Bool { self != .disable }

    // Stages counted from 1, as a run tells them: enabling has read and write, a rotation read,
    // write and final, disabling write and final.

    var writeStage: Int { self == .disable ? 1 : 2 }
    /// In which servers get or lose their argument, so that containers are replaced.
    var argumentStage: Int { self == .disable ? 2 : 1 }
}

/// The labs that trials share, each kept by one lane.
package enum FaultBench: Sendable, CaseIterable {
    /// RKE's usual user, who may use Docker and nothing else.
    case docker
    case root
    /// Many objects, so that lists have several pages; the user is one with sudo.
    case many
    /// 500 ms away.
    case distant

    /// - Parameter runtime: other than Docker, sudo takes the place of Docker's user.
    func options(
        folder: String, apiServer: String, runtime: LabOptions.Runtime
    ) -> LabOptions {
        LabOptions(
            folder: folder, nodes: 3, runtime: runtime,
            user: runtime == .docker || user != .docker ? user : .sudo, encryption: .off,
            apiServer: apiServer, roundTripTime: self == .distant ? 500 : 0,
            serverEnvironment: [
                "STANDIN_FAULTS": AnswerFaults.path(runtime), "STANDIN_VERSION": standInVersion,
            ].merging(Harness.environment(runtime)) { $1 },
            podArguments: Harness.podArguments(apiServer))
    }

    /// One that says which config it has loaded, and one whose config has to be told by times.
    private var standInVersion: String { self == .root ? "v1.30.1" : "v1.36.0" }

    private var user: LabOptions.User {
        switch self {
        case .docker, .distant: .docker
        case .root: .root
        case .many: .sudo
        }
    }

    /// Besides the five of special kinds.
    var secrets: Int { self == .many ? 1100 : 95 }
}
