"""The trading service's environment: ``TRADING_*``, or ``NARU_*`` for what all services share."""

from typing import ClassVar

from logic_service.contract.executions import ExecutionLimits
from shared.settings import PlatformSettings


class TradingSettings(PlatformSettings):
    """See PlatformSettings.

    backtests_at_once   how many backtests one worker process runs side by side
    run_limits          what one run may use in the sandbox; CPU time is the limit that counts,
                        the wall clock is generous, since neighbours share the cores
    """

    service: ClassVar[str] = "trading"

    backtests_at_once: int = 2
    run_limits: ExecutionLimits = ExecutionLimits(wall_s=180.0)
