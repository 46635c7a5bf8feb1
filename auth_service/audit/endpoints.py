"""``GET /audit-log`` and its check; for other services: recording."""

from fastapi import APIRouter, Depends, status

from auth_service.audit.service import AuditService, present_entry
from auth_service.contract.audit import AuditEntry, AuditRecord, AuditVerification
from auth_service.deps import Deps
from shared.http.access import public
from shared.http.dependencies import (
    CurrentWorkspace,
    Cursors,
    Transaction,
    Work,
    require_service,
)
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page

router = APIRouter(prefix="/audit-log", tags=["ops"])
internal = APIRouter(prefix="/internal/audit-log", dependencies=[Depends(require_service)])


@router.get("", openapi_extra=public("account:read"))
async def list_audit_log(
    workspace_id: CurrentWorkspace,
    work: Work,
    deps: Deps,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[AuditEntry]:
    """List what happened in the workspace, newest first."""
    rows, following = await AuditService(work, deps.hashes).list(
        workspace_id, cursors, cursor, limit
    )
    return as_page(rows, following, present_entry)


@router.get("/verify", openapi_extra=public("account:read", cost=10))
async def verify_audit_log(
    workspace_id: CurrentWorkspace, work: Transaction, deps: Deps
) -> AuditVerification:
    """Check the log's chain from its first entry on; a broken link is named."""
    return await AuditService(work, deps.hashes).verify(workspace_id)


@internal.post("", status_code=status.HTTP_204_NO_CONTENT)
async def record_audit_entry(body: AuditRecord, work: Work, deps: Deps) -> None:
    """Put something on record, once."""
    await AuditService(work, deps.hashes).append(body)
