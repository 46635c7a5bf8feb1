"""``/internal/storage``: what the bars are stored with, for ``naru doctor`` and readiness."""

from fastapi import APIRouter, Depends

from data_service.contract.storage import StorageReport
from shared.http.dependencies import Deps, Work, require_service

router = APIRouter(prefix="/internal/storage", dependencies=[Depends(require_service)])


@router.get("")
async def get_storage(work: Work, deps: Deps) -> StorageReport:
    """Return the storage tier in use and what the database offers now."""
    report: StorageReport = await deps.storage.report(work.session)
    return report
