"""Runs to count, prepared as for executions."""

from tests.logic_service.executions.conftest import prepare

__all__ = ["prepare"]
