import Basics
import EncryptionModel
import Testing
import Transition

@testable import Orchestrator
@testable import OrchestratorCLI

@Suite struct TextTests {
    @Test("a finished rotation, the evidence and what became of the old key")
    func rotation() {
        #expect(
            Sample.rotated.text == """
                secrets: 2,005 under aescbc key key-20261121-bbbbbb, 0 otherwise
                retired: aescbc key-20260820-aaaaaa (\(Sample.old.fingerprint)), kept in the state file for older snapshots
                next: take a fresh etcd snapshot (orchestrator etcd snapshot-save); older ones, and etcd's history until it is compacted, still hold what was stored before

                """)
    }

    @Test("a restore that would be given up, and one that was: neither is told as the other")
    func givenUp() {
        let restore = Restore(
            id: "ab12", snapshot: "s", hash: "5eed", started: Sample.time, deployed: nil,
            reading: nil)
        let planned = RestoreGivenUp(restore: restore, isDryRun: true)
        let done = RestoreGivenUp(restore: restore, isDryRun: false)
        #expect(
            planned.text == """
                What was prepared for the restore of s is removed. Nothing was stopped.
                Nothing was touched.

                """)
        #expect(planned.document.dryRun == true && done.document.dryRun == nil)
        #expect(
            done.text == "The restore of s was given up; the cluster is as it was before.\n")
    }

    @Test(
        "a manifest that kubeadm may write anew, said when its arguments came or went, and only then"
    )
    func upgrades() {
        func advice(_ kind: OperationKind, hasStaticPods: Bool) -> String? {
            var report = WorkflowReport()
            report.hasStaticPods = hasStaticPods
            report.operations = [
                OperationReport(
                    operation: Operation(
                        id: "x", kind: kind, started: Sample.time, from: nil, to: nil),
                    wasResumed: false)
            ]
            return report.text.split(separator: "\n").map(String.init)
                .first { $0.hasPrefix("next: ") && $0.contains("kubeadm") }
        }
        #expect(
            advice(.enable, hasStaticPods: true)
                == "next: have kubeadm keep the arguments (docs/static-pods.md, «Upgrades»), or its"
                + " next upgrade takes them away")
        #expect(advice(.disable, hasStaticPods: true)?.contains("have it forget them") == true)
        for kind in OperationKind.allCases {
            #expect(advice(kind, hasStaticPods: false) == nil)
            if ![.enable, .repair, .disable].contains(kind) {
                #expect(advice(kind, hasStaticPods: true) == nil)
            }
        }
    }

    @Test("nothing to do, what is deployed")
    func nothingToDo() {
        var report = WorkflowReport()
        #expect(report.text == "Nothing to do: no encryption is deployed, and none is wanted.\n")
        report.deployed = Sample.config(Sample.new)
        #expect(
            report.text
                == "Nothing to do: secrets under aescbc key-20261121-bbbbbb (\(Sample.new.fingerprint)).\n"
        )
    }

    @Test("status with an unreachable node, a table and what to do next")
    func status() {
        #expect(
            Sample.status.text == """
                NODE  ADDRESS     READY        VERSION  CONFIG               WANTED  KEYS
                cp-1  192.0.2.11  yes          v1.30.4  feedfacefeed loaded  yes     key-20261121-bbbbbb (\(Sample.new.fingerprint))
                cp-2  192.0.2.12  unreachable
                active key: aescbc key-20261121-bbbbbb (\(Sample.new.fingerprint)), made 3 days ago
                unfinished: the key rotation of 2026-11-21T03:23:20Z, at its beginning
                at work: ada@ws-1, process 4711, orchestrator up, since 2026-11-21T03:23:20Z, last heard of at 2026-11-21T03:23:20Z
                finding: cp-2: no route to host
                next: Mend the network.

                """)
    }

    @Test("verify with leftovers, counts, verdicts and names")
    func verification() {
        #expect(
            Sample.verification.text == """
                RESOURCE  STORED                                  COUNT
                secrets   k8s:enc:aescbc:v1:key-20261121-bbbbbb:  2,003  as configured
                secrets   plaintext                               2      OTHERWISE
                  secrets default/a
                  secrets default/b
                finding: 2 secrets are stored otherwise than k8s:enc:aescbc:v1:key-20261121-bbbbbb:
                next: orchestrator encrypt status shows what runs where

                """)
    }

    @Test("a plan, stages with their nodes beneath")
    func plan() {
        let plan = DryRun(operations: [
            .init(
                kind: .enable, wasResumed: false,
                steps: [
                    .newKey(.aescbc), .stage(.read, chains: "secrets: identity, new key"),
                    .node(name: "cp-1", address: "192.0.2.11", .addArgument),
                    .rewrite([.secrets]), .evidence([.secrets]),
                ])
        ])
        #expect(
            plan.text == """
                Would begin enabling encryption:
                  make a new aescbc key and record it
                  stage read: secrets: identity, new key
                    cp-1 (192.0.2.11): write the provider config, add the argument, restart kube-apiserver
                  rewrite secrets
                  prove in etcd how secrets are stored
                Nothing was touched.

                """)
    }

    @Test("a plan for servers that reload, what is done to each")
    func reloadingPlan() {
        let plan = DryRun(operations: [
            .init(
                kind: .enable, wasResumed: true,
                steps: [
                    .stage(.write, chains: "secrets: new key, identity"),
                    .node(name: "cp-1", address: "192.0.2.11", .reloadFile),
                    .node(name: "cp-2", address: "192.0.2.12", .addReloadingArgument),
                    .node(name: "cp-3", address: "192.0.2.13", .replaceFileToReload),
                ])
        ])
        #expect(
            plan.text == """
                Would continue enabling encryption:
                  stage write: secrets: new key, identity
                    cp-1 (192.0.2.11): write the provider config, which kube-apiserver loads by itself
                    cp-2 (192.0.2.12): write the provider config, add the argument and that for automatic reload, restart kube-apiserver
                    cp-3 (192.0.2.13): write the provider config, add the argument for automatic reload, restart kube-apiserver
                Nothing was touched.

                """)
    }

    @Test("a reload as it happens, what is waited for and how each was confirmed")
    func reloadEvents() {
        let lines = EventLines(style: Style(hasColor: false))
        #expect(
            lines.line(for: .reloading(nodes: ["cp-1", "cp-2"], .read))
                == "  cp-1, cp-2 … by the file alone, which a server looks at once a minute")
        let result = RolloutResult(
            configSHA256: "abc", confirmedBy: .reload, seconds: 61.5, restarted: false)
        #expect(
            lines.line(for: .rolledOut(node: "cp-1", address: "192.0.2.11", .read, result))
                == "  cp-1 (192.0.2.11) confirmed by reload after 61.5 s")
    }

    @Test("no restart in a whole operation, told; in one that an earlier run had begun, not")
    func withoutRestart() {
        let line = "no API server was restarted\n"
        #expect(!Sample.rotated.text.contains(line))
        #expect(Sample.rotated(restarting: [false, false]).text.contains(line))
        #expect(!Sample.rotated(restarting: [false, true]).text.contains(line))
        #expect(!Sample.rotated(restarting: [false], wasResumed: true).text.contains(line))
        #expect(!Sample.rotated(restarting: []).text.contains(line), "nothing was rolled out")
    }

    @Test("a fault on a terminal, what and where and what to do")
    func fault() {
        let fault = Fault(
            .untrusted, "the host key has changed", hint: "Ask why.\nThen go on.", node: "cp-1")
        #expect(
            FaultText(style: Style(hasColor: false)).text(for: fault)
                == "error: node cp-1: the host key has changed\n  Ask why.\n  Then go on.")
        #expect(
            FaultText(style: Style(hasColor: true)).text(for: fault).hasPrefix("\u{1B}[31merror"))
    }

    @Test(
        "evidence in one line, the most frequent form first",
        arguments: [
            ([.plaintext: 2005], "secrets: 2,005 in plaintext, 0 otherwise"),
            ([:], "secrets: nothing stored"),
            (
                [.encrypted(prefix: "k8s:enc:kms:v2:vault:"): 3, .plaintext: 1],
                "secrets: 3 under kms plugin vault, 1 otherwise"
            ),
            ([.encrypted(prefix: "k8s:enc:odd"): 1], "secrets: 1 under k8s:enc:odd, 0 otherwise"),
        ] as [([StoredForm: Int], String)])
    func evidence(counts: [StoredForm: Int], line: String) {
        #expect(EvidenceText.line(.secrets, counts) == line)
    }

    @Test("progress, with rate and time left as far as they are known")
    func progress() {
        let half = RewriteProgress(resource: .secrets, done: 1000, total: 2000, failed: 1)
        #expect(
            ProgressLine.text(half, seconds: 2)
                == "  rewriting secrets: 1,000 of 2,000, 500 a second, 2 seconds left, 1 failed")
        let first = RewriteProgress(resource: .secrets, done: 0, total: nil, failed: 0)
        #expect(ProgressLine.text(first, seconds: 0) == "  rewriting secrets: 0")
    }

    @Test("progress for programs, an object to a line with what is known")
    func progressInJSON() {
        let half = RewriteProgress(
            resource: .secrets, done: 1000, total: 2001, failed: 1, retries: 3,
            servers: [.init(node: "n1", answers: 700), .init(node: "n2", answers: 305)])
        #expect(
            JSONText.line(RewriteProgressDocument(half, seconds: 2))
                == #"{"done":1000,"event":"rewriting","failed":1,"perSecond":500,"#
                + #""resource":"secrets","retries":3,"secondsLeft":3,"#
                + #""servers":[{"answers":700,"node":"n1"},{"answers":305,"node":"n2"}],"#
                + #""total":2001}"#)
        let first = RewriteProgress(resource: .secrets, done: 0, total: nil, failed: 0)
        #expect(
            JSONText.line(RewriteProgressDocument(first, seconds: 0))
                == #"{"done":0,"event":"rewriting","failed":0,"perSecond":0,"#
                + #""resource":"secrets","retries":0,"servers":[]}"#)
        #expect(
            TextDocument.line(.warning("a \"word\""), "warning: a \"word\"")
                == #"{"event":"warning","text":"warning: a \"word\""}"#)
    }

    @Test(
        "numbers, grouped by thousands",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"),
        ])
    func grouping(number: Int, text: String) {
        #expect(number.grouped == text)
    }
}
