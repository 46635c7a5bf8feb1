"""The logic service's environment: ``LOGIC_*``, or ``NARU_*`` for what all services share."""

import os
from typing import ClassVar

from pydantic import Field

from logic_service.contract.executions import RUN_WAIT_S
from shared.settings import PlatformSettings


def _core_count() -> int:
    return os.cpu_count() or 1


class LogicSettings(PlatformSettings):
    """See PlatformSettings.

    runs_at_once     how many children run strangers' code side by side; more wait their turn
    checks_at_once   how many sources are compiled side by side
    unsafe_development_sandbox   run without a wall where the system has none; never in service
    run_wait_s       how long a run waits for its turn before its caller is told to ask again
    """

    service: ClassVar[str] = "logic"

    runs_at_once: int = Field(default_factory=_core_count, ge=1)
    checks_at_once: int = Field(default=2, ge=1)
    unsafe_development_sandbox: bool = False
    run_wait_s: float = Field(default=60.0, gt=0, le=RUN_WAIT_S)
