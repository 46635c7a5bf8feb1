"""``/market``: what bars there are, and the bars themselves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from data_service.contract.bars import Candle, MarketSymbol
from data_service.contract.fields import Symbol, Timeframe
from data_service.market.service import CandleQuery, MarketService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit

router = APIRouter(prefix="/market", tags=["market"])

Start = Annotated[AwareDatetime | None, Query(description="First bar open to show, inclusive")]
End = Annotated[AwareDatetime | None, Query(description="Bar open to stop before, exclusive")]


async def _service(work: Work, deps: Deps, cursors: Cursors) -> MarketService:
    return MarketService(work, await deps.storage.tier(work.session), cursors)


async def _query(
    symbol: Annotated[Symbol, Query()],
    timeframe: Annotated[Timeframe | None, Query()] = None,
    start: Start = None,
    end: End = None,
) -> CandleQuery:
    return CandleQuery(symbol, timeframe, start, end)


Market = Annotated[MarketService, Depends(_service)]


@router.get("/symbols", openapi_extra=public("data:read", cache_s=5))
async def list_symbols(
    workspace_id: CurrentWorkspace,
    market: Market,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[MarketSymbol]:
    """List the symbols that the workspace has bars of, in alphabetical order."""
    return await market.list_symbols(workspace_id, cursor, limit)


@router.get("/candles", openapi_extra=public("data:read", cache_s=5))
async def list_candles(
    query: Annotated[CandleQuery, Depends(_query)],
    workspace_id: CurrentWorkspace,
    market: Market,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Candle]:
    """List bars of one symbol, oldest first.

    A timeframe that was not uploaded is made of the slowest one that fits into it: hours of
    minutes, weeks (from Monday, UTC) of days. A page of such bars may be shorter than `limit`.
    """
    return await market.read_candles(workspace_id, query, cursor, limit)
