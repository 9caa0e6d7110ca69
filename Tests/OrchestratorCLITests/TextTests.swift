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

    @Test(
        "numbers, grouped by thousands",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"),
        ])
    func grouping(number: Int, text: String) {
        #expect(number.grouped == text)
    }
}
