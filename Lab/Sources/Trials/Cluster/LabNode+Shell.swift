package import LabKit

extension LabNode {
    /// Runs a script of bash on the node as root. What it leaves running in the background doesn't
    /// keep this waiting, as long as its output goes elsewhere.
    package func shell(_ script: String) async throws {
        // Foundation takes a process for running as long as any descendant has the descriptors
        // that were handed down.
        let closing = """
            for descriptor in /proc/self/fd/*; do
                number=${descriptor##*/}
                if ((number > 2 && number != 255)); then eval "exec $number>&-"; fi
            done

            """
        try await command(["bash", "-c", closing + script]).run()
    }
}
