import ArgumentParser
import Orchestrator

struct ScrubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub",
        abstract:
            "Compact etcd's history and defragment its members, so that nothing of before stays.",
        discussion: """
            After enabling encryption or rotating, etcd's database files still hold what was stored \
            before: as older revisions, and in free pages. Each member is out of service while its \
            file is written anew, one after the other. The write-ahead log isn't reached by it: \
            etcd drops its files in the course of time.
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(
            access: .exclusive(command: "orchestrator encrypt scrub"), cluster: cluster,
            output: output
        ).run { session, console in
            let stop = StopSignal()
            let signals = SignalHandling(stop: stop)
            defer { signals.end() }
            console.finish(
                try await Scrubbing(
                    ports: session.ports, etcd: session.etcd, stop: stop
                ) { console.show($0) }.run())
        }
    }
}
