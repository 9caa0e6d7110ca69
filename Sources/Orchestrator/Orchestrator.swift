// The room Orchestrator.
