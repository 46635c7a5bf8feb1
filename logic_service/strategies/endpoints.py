"""``/strategies``: the named things whose versions hold the code."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status

from logic_service.contract.strategies import (
    Strategy,
    StrategyCreate,
    StrategyFork,
    StrategyRollback,
    StrategyUpdate,
)
from logic_service.models import StrategyRow
from logic_service.strategies.service import StrategyService
from logic_service.versions.forking import VersionForking
from logic_service.versions.service import VersionService
from shared.http.access import public
from shared.http.app import PUBLIC_PREFIX
from shared.http.dependencies import CurrentWorkspace, Cursors, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.http.preconditions import IfMatch, entity_tag
from shared.ids import StrategyId, public_id

router = APIRouter(prefix="/strategies", tags=["strategies"])
internal = APIRouter(prefix="/internal/strategies")


async def _service(work: Work) -> StrategyService:
    return StrategyService(work)


async def _versions(work: Work) -> VersionService:
    return VersionService(work)


async def _forking(work: Work) -> VersionForking:
    return VersionForking(work)


Strategies = Annotated[StrategyService, Depends(_service)]
Versions = Annotated[VersionService, Depends(_versions)]
Forking = Annotated[VersionForking, Depends(_forking)]
Ids = Annotated[list[StrategyId], Query(alias="id", min_length=1, max_length=100)]


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=public("strategy:write"))
async def create_strategy(
    body: StrategyCreate, workspace_id: CurrentWorkspace, strategies: Strategies, response: Response
) -> Strategy:
    """Create a strategy; its code comes as versions."""
    row = await strategies.create(workspace_id, body)
    response.headers["Location"] = _location(row)
    return _present(row, response)


@router.get("", openapi_extra=public("strategy:read"))
async def list_strategies(
    workspace_id: CurrentWorkspace,
    strategies: Strategies,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Strategy]:
    """List the workspace's strategies, newest first."""
    rows, following = await strategies.list(workspace_id, cursors, cursor, limit)
    return as_page(rows, following, Strategy.model_validate)


@router.get("/{strategy_id}", openapi_extra=public("strategy:read"))
async def get_strategy(
    strategy_id: StrategyId,
    workspace_id: CurrentWorkspace,
    strategies: Strategies,
    response: Response,
) -> Strategy:
    """Read one strategy. Its `ETag` is what a change must name in `If-Match`."""
    return _present(await strategies.get(workspace_id, strategy_id), response)


@router.patch("/{strategy_id}", openapi_extra=public("strategy:write"))
async def update_strategy(
    strategy_id: StrategyId,
    body: StrategyUpdate,
    workspace_id: CurrentWorkspace,
    precondition: IfMatch,
    strategies: Strategies,
    response: Response,
) -> Strategy:
    """Change the name or the description."""
    row = await strategies.update(workspace_id, strategy_id, body, precondition)
    return _present(row, response)


@router.delete(
    "/{strategy_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("strategy:write"),
)
async def delete_strategy(
    strategy_id: StrategyId, workspace_id: CurrentWorkspace, strategies: Strategies
) -> None:
    """Delete a strategy and its versions. Results of earlier runs stay readable."""
    await strategies.delete(workspace_id, strategy_id)


@router.post("/{strategy_id}/rollback", openapi_extra=public("strategy:write"))
async def rollback_strategy(
    strategy_id: StrategyId,
    body: StrategyRollback,
    workspace_id: CurrentWorkspace,
    versions: Versions,
    response: Response,
) -> Strategy:
    """Make an earlier version the current one. No version is lost."""
    return _present(await versions.rollback(workspace_id, strategy_id, body.number), response)


@router.post(
    "/{strategy_id}/fork",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=public("strategy:write"),
)
async def fork_strategy(
    strategy_id: StrategyId,
    body: StrategyFork,
    workspace_id: CurrentWorkspace,
    forking: Forking,
    response: Response,
) -> Strategy:
    """Start a new strategy from a copy of one version, the current one by default."""
    row = await forking.fork(workspace_id, strategy_id, body)
    response.headers["Location"] = _location(row)
    return _present(row, response)


@internal.get("")
async def find_strategies(
    ids: Ids, workspace_id: CurrentWorkspace, strategies: Strategies
) -> list[Strategy]:
    """Return those of the strategies that the workspace has."""
    rows = await strategies.find_many(workspace_id, ids)
    return [Strategy.model_validate(row) for row in rows]


def _present(row: StrategyRow, response: Response) -> Strategy:
    response.headers["ETag"] = entity_tag(row.revision)
    return Strategy.model_validate(row)


def _location(row: StrategyRow) -> str:
    return f"{PUBLIC_PREFIX}/strategies/{public_id('st', row.id)}"
