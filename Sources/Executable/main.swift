import OrchestratorCLI

await CommandLineProgram.run()
