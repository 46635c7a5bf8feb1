"""Which plan a workspace is on, and who changes that."""
