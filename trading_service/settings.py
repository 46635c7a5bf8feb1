"""The trading service's environment: ``TRADING_*``, or ``NARU_*`` for what all services share."""

import os
from typing import ClassVar

from pydantic import Field

from logic_service.contract.executions import ExecutionLimits
from shared.settings import PlatformSettings


class TradingSettings(PlatformSettings):
    """See PlatformSettings.

    backtests_at_once   how many backtests one worker process runs side by side; as many as the
                        logic service runs children, or some would wait for a place
    run_limits          what one run may use in the sandbox; CPU time is the limit that counts,
                        the wall clock is generous, since neighbours share the cores
    """

    service: ClassVar[str] = "trading"

    backtests_at_once: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    run_limits: ExecutionLimits = ExecutionLimits(wall_s=180.0)
