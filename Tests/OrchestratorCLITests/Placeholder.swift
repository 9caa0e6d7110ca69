// Tests of the room OrchestratorCLI.
