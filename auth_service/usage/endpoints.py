"""``/usage``; for other services: reserve and settle."""

from uuid import UUID

from fastapi import APIRouter, Depends, status

from auth_service.contract.subscriptions import ReservationCreate, Settlement, Usage
from auth_service.deps import Deps, PersonalWork
from auth_service.usage.service import UsageService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Work, require_service

router = APIRouter(tags=["me"])
internal = APIRouter(prefix="/internal/usage/reservations", dependencies=[Depends(require_service)])


@router.get("/usage", openapi_extra=public("account:read"))
async def get_usage(workspace_id: CurrentWorkspace, work: Work, deps: Deps) -> Usage:
    """Return what the workspace has used today, and what its plan allows."""
    return await UsageService(work, deps.plans, deps.hashes).today(workspace_id)


@internal.post("", status_code=status.HTTP_204_NO_CONTENT)
async def reserve_usage(body: ReservationCreate, work: PersonalWork, deps: Deps) -> None:
    """Set a share of an allowance aside, once per id."""
    await UsageService(work, deps.plans, deps.hashes).reserve(body)


@internal.post("/{reservation_id}/settle", status_code=status.HTTP_204_NO_CONTENT)
async def settle_usage(
    reservation_id: UUID, body: Settlement, work: PersonalWork, deps: Deps
) -> None:
    """Count what the work came to, once; 0 gives everything back."""
    await UsageService(work, deps.plans, deps.hashes).settle(reservation_id, body.amount)
