"""``POST /me/export``, how far it is, and the archive."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from auth_service.contract.exports import Export, ExportPart
from auth_service.deps import Deps, PersonalWork
from auth_service.exports.fetching import fetch_archive
from auth_service.exports.service import ExportService
from auth_service.models import ExportRow
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, RecentPrincipal, require_service
from shared.ids import ExportId, public_id

router = APIRouter(tags=["me"])
internal = APIRouter(prefix="/internal/exports", dependencies=[Depends(require_service)])


@router.post(
    "/me/export",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=Export,
    openapi_extra=public("account:write", cost=10),
)
async def request_export(
    principal: RecentPrincipal, work: PersonalWork, deps: Deps, response: Response
) -> ExportRow:
    """Ask for one archive of all that your present workspace has.

    It holds your code in all versions, backtests with their results and orders, datasets with
    their bars, channels without their secrets, your profile, and the audit log. Wants an owner,
    and a sign-in or step-up of the last five minutes. While one is being made, asking again
    answers with that one; a new one takes the place of an earlier one.
    """
    row = await ExportService(work, deps.hashes).request(principal)
    response.headers["Location"] = f"/me/exports/{public_id('exp', row.id)}"
    return row


@router.get("/me/exports/{export_id}", response_model=Export, openapi_extra=public("account:read"))
async def get_export(
    export_id: ExportId, principal: CurrentPrincipal, work: PersonalWork, deps: Deps
) -> ExportRow:
    """Return how far an export is."""
    return await ExportService(work, deps.hashes).get(principal, export_id)


@router.get(
    "/me/exports/{export_id}/archive",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "The archive."}},
    openapi_extra=public("account:read", cost=10),
)
async def download_export(export_id: ExportId, principal: RecentPrincipal, deps: Deps) -> Response:
    """Download a finished export as a ZIP file, for seven days.

    Wants a sign-in, or a step-up, of the last five minutes.
    """
    return await fetch_archive(deps, principal, export_id)


@internal.post("/{export_id}", status_code=status.HTTP_204_NO_CONTENT)
async def report_export_part(
    export_id: UUID, body: ExportPart, work: PersonalWork, deps: Deps
) -> None:
    """Note that a service's part is in the object store."""
    await ExportService(work, deps.hashes).report(export_id, body)
