// Tests of the room Orchestrator.
