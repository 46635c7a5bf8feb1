"""``/backtests``: ask for one, follow it, read its results."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status
from fastapi.responses import HTMLResponse

from naru.report.catalogue import Language
from shared.http.access import public
from shared.http.app import PUBLIC_PREFIX
from shared.http.dependencies import CurrentPrincipal, CurrentWorkspace, Cursors, Deps
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, ListPage
from shared.ids import BacktestId, StrategyId, public_id
from trading_service.backtests.creation import BacktestCreation
from trading_service.backtests.deletion import BacktestDeletion
from trading_service.backtests.reading import BacktestReading
from trading_service.contract.backtests import (
    Backtest,
    BacktestCreate,
    Equity,
    LogLine,
    Metrics,
    Order,
    Receipt,
    Trade,
)

router = APIRouter(prefix="/backtests", tags=["backtests"])
internal = APIRouter(prefix="/internal/backtests")


async def _creation(deps: Deps) -> BacktestCreation:
    return BacktestCreation(deps)


async def _reading(deps: Deps) -> BacktestReading:
    return BacktestReading(deps)


async def _deletion(deps: Deps) -> BacktestDeletion:
    return BacktestDeletion(deps)


Creation = Annotated[BacktestCreation, Depends(_creation)]
Reading = Annotated[BacktestReading, Depends(_reading)]
Deletion = Annotated[BacktestDeletion, Depends(_deletion)]
StrategyIds = Annotated[list[StrategyId], Query(alias="strategy_id", min_length=1, max_length=100)]
ReportLanguage = Annotated[Language, Query(description="What the page's words are in")]
Points = Annotated[int, Query(ge=2, le=10_000, description="How many points to thin to")]


@router.post("", status_code=status.HTTP_202_ACCEPTED, openapi_extra=public("backtest:run", cost=5))
async def create_backtest(
    body: BacktestCreate,
    principal: CurrentPrincipal,
    creation: Creation,
    reading: Reading,
    response: Response,
) -> Backtest:
    """Queue a backtest of one strategy version; `Location` says where to follow it.

    It starts once your plan has a place for it: see `backtests_at_once` and `backtests_waiting` in
    `GET /plans`. What its strategy may use of a processor is set aside from the day's allowance
    (`GET /usage`); what it did use is counted when it ends.
    """
    row = await creation.create(principal, body)
    response.headers["Location"] = f"{PUBLIC_PREFIX}/backtests/{public_id('bt', row.id)}"
    return await reading.present(row)


@router.get("", openapi_extra=public("backtest:read"))
async def list_backtests(
    workspace_id: CurrentWorkspace,
    reading: Reading,
    cursors: Cursors,
    strategy_id: StrategyId | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Backtest]:
    """List the workspace's backtests, newest first, of one strategy if `strategy_id` is given."""
    return await reading.list(workspace_id, strategy_id, cursors, cursor, limit)


@router.get("/{backtest_id}", openapi_extra=public("backtest:read"))
async def get_backtest(
    backtest_id: BacktestId, workspace_id: CurrentWorkspace, reading: Reading
) -> Backtest:
    """Read one backtest: its status, progress and, once finished, its metrics."""
    return await reading.get(workspace_id, backtest_id)


@router.delete(
    "/{backtest_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("backtest:run"),
)
async def delete_backtest(
    backtest_id: BacktestId, workspace_id: CurrentWorkspace, deletion: Deletion
) -> None:
    """Delete an ended backtest and its results."""
    await deletion.delete(workspace_id, backtest_id)


@router.post("/{backtest_id}/cancel", openapi_extra=public("backtest:run"))
async def cancel_backtest(
    backtest_id: BacktestId, workspace_id: CurrentWorkspace, reading: Reading
) -> Backtest:
    """Stop a backtest that has not ended. Calling it again changes nothing."""
    return await reading.cancel(workspace_id, backtest_id)


@router.get("/{backtest_id}/metrics", openapi_extra=public("backtest:read"))
async def get_backtest_metrics(
    backtest_id: BacktestId, workspace_id: CurrentWorkspace, reading: Reading
) -> Metrics:
    """Read the figures of a finished backtest."""
    return await reading.metrics(workspace_id, backtest_id)


@router.get("/{backtest_id}/trades", openapi_extra=public("backtest:read"))
async def list_backtest_trades(
    backtest_id: BacktestId,
    workspace_id: CurrentWorkspace,
    reading: Reading,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Trade]:
    """List the round trips in the order of their entries; an open trade has no exit."""
    return await reading.trades(workspace_id, backtest_id, cursor, limit)


@router.get("/{backtest_id}/orders", openapi_extra=public("backtest:read"))
async def list_backtest_orders(
    backtest_id: BacktestId,
    workspace_id: CurrentWorkspace,
    reading: Reading,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Order]:
    """List the orders in the order of their placement, with what became of each."""
    return await reading.orders(workspace_id, backtest_id, cursor, limit)


@router.get("/{backtest_id}/equity", openapi_extra=public("backtest:read"))
async def get_backtest_equity(
    backtest_id: BacktestId,
    workspace_id: CurrentWorkspace,
    reading: Reading,
    points: Points = 1000,
) -> Equity:
    """Read the equity curve, thinned so that a plot of it keeps its peaks and troughs."""
    return await reading.equity(workspace_id, backtest_id, points)


@router.get("/{backtest_id}/logs", openapi_extra=public("backtest:read"))
async def list_backtest_logs(
    backtest_id: BacktestId,
    workspace_id: CurrentWorkspace,
    reading: Reading,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[LogLine]:
    """List what the strategy logged, of failed runs too."""
    return await reading.logs(workspace_id, backtest_id, cursor, limit)


@router.get("/{backtest_id}/receipt", openapi_extra=public("backtest:read"))
async def get_backtest_receipt(
    backtest_id: BacktestId, workspace_id: CurrentWorkspace, reading: Reading
) -> Receipt:
    """Read what it takes to replay the run and get the same result, byte for byte."""
    return await reading.receipt(workspace_id, backtest_id)


@router.get(
    "/{backtest_id}/report",
    response_class=HTMLResponse,
    openapi_extra=public("backtest:read", cost=5),
)
async def get_backtest_report(
    backtest_id: BacktestId,
    workspace_id: CurrentWorkspace,
    reading: Reading,
    language: ReportLanguage = "en",
) -> HTMLResponse:
    """Read the run as one self-contained HTML page with charts."""
    return HTMLResponse(await reading.report(workspace_id, backtest_id, language))


@internal.get("/of-strategies")
async def list_backtests_of_strategies(
    strategy_ids: StrategyIds,
    workspace_id: CurrentWorkspace,
    reading: Reading,
    cursors: Cursors,
    limit: Limit = DEFAULT_LIMIT,
) -> Sequence[ListPage[Backtest]]:
    """Return the first page of the backtests of many strategies; of those that have any."""
    return await reading.list_first(workspace_id, strategy_ids, cursors, limit)
