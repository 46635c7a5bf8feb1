"""``/strategies/{id}/versions``: immutable code, checked before it is stored."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response, status

from logic_service.contract.versions import (
    MAX_SOURCE_BODY_BYTES,
    SourceCheck,
    SourceReport,
    Version,
    VersionCreate,
    VersionDiff,
    VersionSource,
)
from logic_service.versions.checking import SourceChecking
from logic_service.versions.reading import VersionReading
from logic_service.versions.service import VersionService
from logic_service.versions.uploading import VersionUploading
from shared.http.access import public
from shared.http.app import PUBLIC_PREFIX
from shared.http.dependencies import CurrentPrincipal, CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, ListPage, as_page
from shared.ids import StrategyId, VersionId, public_id

router = APIRouter(prefix="/strategies", tags=["strategies"])
internal = APIRouter(prefix="/internal/versions")


async def _service(work: Work) -> VersionService:
    return VersionService(work)


async def _uploading(deps: Deps) -> VersionUploading:
    return VersionUploading(deps)


async def _reading(deps: Deps) -> VersionReading:
    return VersionReading(deps)


async def _checking(deps: Deps) -> SourceChecking:
    return SourceChecking(deps.sandbox)


Versions = Annotated[VersionService, Depends(_service)]
Uploading = Annotated[VersionUploading, Depends(_uploading)]
Reading = Annotated[VersionReading, Depends(_reading)]
Checking = Annotated[SourceChecking, Depends(_checking)]
Ids = Annotated[list[VersionId], Query(alias="id", min_length=1, max_length=100)]
StrategyIds = Annotated[list[StrategyId], Query(alias="strategy_id", min_length=1, max_length=100)]
_BOUNDS = {"ge": 1, "le": 2**31 - 1}
Number = Annotated[int, Path(description="Version number, from 1", **_BOUNDS)]
FromNumber = Annotated[int, Query(alias="from", description="Version to start from", **_BOUNDS)]
ToNumber = Annotated[int, Query(alias="to", description="Version to arrive at", **_BOUNDS)]


@router.post(
    "/validate",
    openapi_extra=public("strategy:write", cost=2, body_limit=MAX_SOURCE_BODY_BYTES),
)
async def validate_source(
    body: SourceCheck, principal: CurrentPrincipal, checking: Checking
) -> SourceReport:
    """Check a source without storing it: each problem with its line, column and a hint."""
    return await checking.report(body.source)


@router.post(
    "/{strategy_id}/versions",
    status_code=status.HTTP_201_CREATED,
    responses={status.HTTP_200_OK: {"model": Version, "description": "Known source, as it was"}},
    openapi_extra=public("strategy:write", cost=2, body_limit=MAX_SOURCE_BODY_BYTES),
)
async def create_strategy_version(
    strategy_id: StrategyId,
    body: VersionCreate,
    workspace_id: CurrentWorkspace,
    uploading: Uploading,
    response: Response,
) -> Version:
    """Upload a version. It is checked first and becomes the current version.

    A source that the strategy already has is not stored again: the answer is the version that it
    was (200 instead of 201), which becomes current. A source that is refused answers 422 and
    names line and column of each problem.
    """
    row, is_new = await uploading.upload(workspace_id, strategy_id, body)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    strategy = f"{PUBLIC_PREFIX}/strategies/{public_id('st', row.strategy_id)}"
    response.headers["Location"] = f"{strategy}/versions/{row.number}"
    return Version.model_validate(row)


@router.get("/{strategy_id}/versions", openapi_extra=public("strategy:read"))
async def list_strategy_versions(
    strategy_id: StrategyId,
    workspace_id: CurrentWorkspace,
    versions: Versions,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Version]:
    """List a strategy's versions, newest first."""
    rows, following = await versions.list(workspace_id, strategy_id, cursors, cursor, limit)
    return as_page(rows, following, Version.model_validate)


@router.get("/{strategy_id}/versions/{number}", openapi_extra=public("strategy:read"))
async def get_strategy_version(
    strategy_id: StrategyId, number: Number, workspace_id: CurrentWorkspace, versions: Versions
) -> Version:
    """Read one version by its number."""
    row = await versions.get_number(workspace_id, strategy_id, number)
    return Version.model_validate(row)


@router.get("/{strategy_id}/versions/{number}/source", openapi_extra=public("strategy:read"))
async def get_strategy_version_source(
    strategy_id: StrategyId, number: Number, workspace_id: CurrentWorkspace, reading: Reading
) -> VersionSource:
    """Read a version's source exactly as it was uploaded."""
    return await reading.source(workspace_id, strategy_id, number)


@router.get("/{strategy_id}/diff", openapi_extra=public("strategy:read"))
async def diff_strategy_versions(
    strategy_id: StrategyId,
    from_number: FromNumber,
    to_number: ToNumber,
    workspace_id: CurrentWorkspace,
    reading: Reading,
) -> VersionDiff:
    """Compare two versions line by line, as text and as hunks."""
    return await reading.diff(workspace_id, strategy_id, from_number, to_number)


@internal.get("")
async def find_versions(
    ids: Ids, workspace_id: CurrentWorkspace, versions: Versions
) -> list[Version]:
    """Return those of the versions that the workspace has."""
    rows = await versions.find_many(workspace_id, ids)
    return [Version.model_validate(row) for row in rows]


@internal.get("/of-strategies")
async def list_versions_of_strategies(
    strategy_ids: StrategyIds,
    workspace_id: CurrentWorkspace,
    versions: Versions,
    cursors: Cursors,
    limit: Limit = DEFAULT_LIMIT,
) -> list[ListPage[Version]]:
    """Return the first page of the versions of many strategies; of those that have any."""
    pages = await versions.list_first(workspace_id, strategy_ids, cursors, limit)
    return [
        ListPage(
            id=strategy_id,
            items=[Version.model_validate(row) for row in rows],
            next_cursor=following,
        )
        for strategy_id, (rows, following) in pages.items()
    ]


@internal.get("/{version_id}")
async def get_version(
    version_id: VersionId, workspace_id: CurrentWorkspace, versions: Versions
) -> Version:
    """Return one version by its id."""
    return Version.model_validate(await versions.get(workspace_id, version_id))


@internal.get("/{version_id}/source")
async def get_version_source(
    version_id: VersionId, workspace_id: CurrentWorkspace, reading: Reading
) -> VersionSource:
    """Return one version's source by the version's id."""
    return await reading.source_by_id(workspace_id, version_id)
