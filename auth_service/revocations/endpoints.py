"""``GET /internal/revocations``: for the gateway."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from auth_service.contract.revocations import RevocationBatch
from auth_service.revocations.service import RevocationService
from shared.http.dependencies import Work, require_service

router = APIRouter(prefix="/internal/revocations", dependencies=[Depends(require_service)])


@router.get("")
async def list_revocations(
    work: Work,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> RevocationBatch:
    """Return the changes behind a position that living tokens do not know of."""
    return await RevocationService(work).read(after, limit)
