internal import Foundation
internal import LabKit

/// What the API servers of a stand-in answer instead of what they should.
enum AnswerFaults {
    /// In the containers and on the nodes alike.
    static func path(_ runtime: LabOptions.Runtime) -> String {
        let folder =
            switch runtime {
            case .docker: "/etc/kubernetes"
            // Of the nodes' files a static pod sees its certificates.
            case .staticPod, .mixed: NodeRuntime.kubeadm.certificates
            case .minikube: NodeRuntime.minikube.certificates
            }
        return folder + "/standin-faults.json"
    }

    /// Lets the servers of some nodes follow the rules of `STANDIN_FAULTS` from now on.
    static func set(_ rules: String, on numbers: [Int], _ scene: FaultScene) async throws -> Mend {
        let path = path(scene.lab.options.runtime)
        for number in numbers {
            let file = Array(#"{"rules": [\#(rules)]}"#.utf8)
            let folder = (path as NSString).deletingLastPathComponent
            let write = [
                "sh", "-c", "mkdir -p \(folder); cat >\(path).new; mv \(path).new \(path)",
            ]
            try await scene.node(number).command(write, input: file).run()
        }
        return {
            for number in numbers { try await scene.node(number).shell("rm \(path)") }
        }
    }
}

extension FaultTrial {
    /// Errors and broken streams in the midst of a rewrite, each for a while or for ever.
    static let answers: [FaultTrial] = passing + lasting

    private static let passing: [FaultTrial] = [
        answer(
            "429 to every 50th patch", .enable, every("patch", 50, #""status":429,"retryAfter":1"#),
            .success),
        answer(
            "429 to the first three lists", .rotate,
            first("list", 3, #""status":429,"retryAfter":2"#), .success),
        answer(
            "500 to every seventh patch", .rotate, every("patch", 7, #""status":500"#), .success),
        answer(
            "500 to the first two lists", .disable, first("list", 2, #""status":500"#), .success),
        answer(
            "503 to the first 30 patches", .enable,
            first("patch", 10, #""status":503,"reason":"ServiceUnavailable""#), .success),
        answer(
            "503 to all of node 2's answers", .rotate,
            every("patch", 1, unavailable) + "," + every("list", 1, unavailable), .success,
            on: [2]),
        answer("every fourth patch's stream broken", .enable, every("patch", 4, dropped), .success),
        answer("every second list's stream broken", .rotate, every("list", 2, dropped), .success),
        answer("each continue token expires twice", .enable, first("list", 2, expired), .success),
        answer(
            "a continue token expires without another", .rotate,
            #"{"verb":"list","resource":"secrets","every":3,"times":1,"#
                + #""action":{"status":410,"reason":"Expired","message":"too old"}}"#, .success),
        answer(
            "409 to every third patch", .rotate,
            every("patch", 3, #""status":409,"reason":"Conflict""#), .success),
        answer("the first 50 patches take 5 s", .enable, first("patch", 17, slow), .success),
    ]

    private static let lasting: [FaultTrial] = [
        answer(
            "429 to everything", .rotate,
            every("patch", 1, #""status":429,"retryAfter":1"#), .stop(["oo many requests"]),
            limit: .seconds(300)),
        answer(
            "500 to every patch", .disable, every("patch", 1, #""status":500"#),
            .stop(["could not be rewritten", "a fault was asked for"]), limit: .seconds(300)),
        answer(
            "503 to every list", .enable, every("list", 1, unavailable), .stop([]),
            limit: .seconds(300), victims: [1, 2, 3]),
    ]

    private static let unavailable = #""status":503,"reason":"ServiceUnavailable""#
    private static let dropped = #""drop":true"#
    private static let expired = #""expire":true"#
    private static let slow = #""delayMilliseconds":5000"#

    private static func every(_ verb: String, _ number: Int, _ action: String) -> String {
        #"{"verb":"\#(verb)","resource":"secrets","every":\#(number),"action":{\#(action)}}"#
    }

    private static func first(_ verb: String, _ number: Int, _ action: String) -> String {
        #"{"verb":"\#(verb)","resource":"secrets","times":\#(number),"action":{\#(action)}}"#
    }

    private static func answer(
        _ name: String, _ workflow: FaultedWorkflow, _ rules: String, _ ending: Ending,
        on numbers: [Int] = [1, 2, 3], limit: Duration = .seconds(200), victims: Set<Int> = []
    ) -> FaultTrial {
        FaultTrial(
            "the API: \(name)", workflow, .confirmed(1, stage: 1), on: .many, ending,
            victims: victims, needsStandIn: true, limit: limit
        ) { try await AnswerFaults.set(rules, on: numbers, $0) }
    }
}
