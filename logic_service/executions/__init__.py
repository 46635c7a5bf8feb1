"""Executions: one version on some bars, in the sandbox."""
