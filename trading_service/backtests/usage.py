"""Processor time of a workspace's runs: set aside before each, counted when it has ended."""

from datetime import timedelta
from uuid import UUID

from auth_service.client import AuthClient
from auth_service.contract.errors import ReservationNotFoundError
from auth_service.contract.subscriptions import ReservationCreate
from logic_service.contract.executions import ExecutionLimits
from shared.logging import get_logger

log = get_logger(__name__)

_SET_ASIDE_FOR = timedelta(hours=6)
"""Longer than a run waits and lasts. Later it is counted all the same, if it was given away."""


async def reserve_run(
    auth: AuthClient, workspace_id: UUID, run_id: UUID, limits: ExecutionLimits
) -> None:
    """Set aside the most that a run may use. Raises QuotaExceededError until midnight UTC."""
    request = ReservationCreate(
        id=run_id,
        workspace_id=workspace_id,
        meter="sandbox_cpu_ms",
        amount=cpu_ms(limits.cpu_s),
        lifetime_s=int(_SET_ASIDE_FOR.total_seconds()),
    )
    await auth.reserve(request)


async def settle_run(auth: AuthClient, run_id: UUID, used_ms: int) -> None:
    """Count what a run came to; saying it again changes nothing."""
    try:
        await auth.settle(run_id, used_ms)
    except ReservationNotFoundError:  # asked for before runs were counted
        log.warning("usage.not_reserved", run_id=str(run_id))


def cpu_ms(seconds: float) -> int:
    """Return CPU-seconds in the meter's unit."""
    return round(seconds * 1000)
