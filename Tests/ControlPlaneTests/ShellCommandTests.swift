import Basics
import Testing

@testable import ControlPlane

@Suite struct ShellCommandTests {
    @Test(
        "words, quoted only where needed",
        arguments: [
            ("/etc/kubernetes/ssl/encryption.yaml", "/etc/kubernetes/ssl/encryption.yaml"),
            ("", "''"), ("a b", "'a b'"), ("$HOME", "'$HOME'"), ("`id`;x", "'`id`;x'"),
            ("~root", "'~root'"), ("*", "'*'"), ("{{.x}}", "'{{.x}}'"), ("\"", "'\"'"),
        ])
    func quoted(word: String, expected: String) throws {
        #expect(try ShellCommand.quote(word) == expected)
    }

    @Test(
        "what shells read differently, refused",
        arguments: [
            "it's", "a\\b", "!x", "a\nb", "\u{7F}", "\0",
        ])
    func refused(word: String) {
        #expect(throws: Fault.self) { try ShellCommand.quote(word) }
    }

    @Test("every script of ours, fit for every login shell")
    func scripts() throws {
        for script in [
            FileScripts.write, FileScripts.writeInTwoRuns, FileScripts.read, FileScripts.remove,
            FileScripts.removeTemporaries, EtcdDataScripts.state,
            EtcdDataScripts.change(EtcdDataScripts.finish, patience: 60),
            EtcdDataScripts.change(EtcdDataScripts.swap, patience: 60),
            EtcdDataScripts.change(EtcdDataScripts.putBack, patience: 60),
            EtcdDataScripts.change(EtcdDataScripts.discardFormer, patience: 60),
            EtcdDataScripts.change(EtcdDataScripts.clear, patience: 60),
            StaticPodScripts.kubelets, StaticPodScripts.look,
        ] {
            #expect(try ShellCommand.quote(script).hasPrefix("'"))
        }
    }

    @Test("words run by real shells, received unchanged", arguments: LocalShell.loginShells)
    func receivedUnchanged(loginShell: String) async throws {
        let words = [
            "a b", "$HOME", "`id`", "*", "~", "\"x\"", "#", "a;b|c&d>e", "{a,b}", "", "[x]",
        ]
        let script = "for w in \"$@\"; do printf \"<%s>\" \"$w\"; done"
        let command = try ShellCommand.words(ShellCommand.script(script, words))
        let result = try await LocalShell(loginShell: loginShell).run(command)
        #expect(result.output.exposedText() == words.map { "<\($0)>" }.joined())
    }
}
