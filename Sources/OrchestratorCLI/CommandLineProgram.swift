import ArgumentParser

/// The program, from the arguments of the process to its exit status.
public enum CommandLineProgram {
    public static func run() async {
        await OrchestratorCommand.main()
    }
}
