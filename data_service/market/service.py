"""Page through symbols and bars; slower bars are rolled up on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from data_service.bars.repository import EPOCH, BarRepository, instant
from data_service.contract.bars import Candle, MarketSymbol
from data_service.datasets.repository import DatasetRepository
from data_service.datasets.service import DatasetService, Source
from data_service.domain.resampling import align_up
from data_service.storage.tiers import StorageTier
from naru.bars import timeframe_ns
from shared.errors import InvalidInputError
from shared.http.pages import CursorSigner, ItemPage
from shared.unit_of_work import UnitOfWork

_MAX_BARS_READ = 500_000
"""How many bars one page of slower bars may take: what a second of the database's time reads."""

_FIELDS = ("ts", "open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class CandleQuery:
    """Which bars to show: ``start`` is inclusive, ``end`` exclusive."""

    symbol: str
    timeframe: str | None
    start: datetime | None
    end: datetime | None


class MarketService:
    """What the workspace's datasets say, within one transaction."""

    def __init__(self, work: UnitOfWork, tier: StorageTier, cursors: CursorSigner) -> None:
        self._datasets = DatasetService(work, tier)
        self._rows = DatasetRepository(work.session)
        self._bars = BarRepository(work.session, tier)
        self._cursors = cursors

    async def list_symbols(
        self, workspace_id: UUID, cursor: str | None, limit: int
    ) -> ItemPage[MarketSymbol]:
        """Return one page of symbols in alphabetical order."""
        after = _read(self._cursors, "symbol", cursor) if cursor else None
        rows = await self._rows.list_symbols(workspace_id, after, limit + 1)
        items = [
            MarketSymbol(symbol=symbol, timeframes=names, bar_count=count, start=start, end=end)
            for symbol, names, count, start, end in rows[:limit]
        ]
        following = items[-1].symbol if len(rows) > limit else None
        return ItemPage(items=items, next_cursor=self._write("symbol", following))

    async def read_candles(
        self, workspace_id: UUID, query: CandleQuery, cursor: str | None, limit: int
    ) -> ItemPage[Candle]:
        """Return one page of bars, oldest first.

        Raises SymbolNotFoundError, TimeframeRequiredError, BarsNotFoundError (no such timeframe),
        InvalidInputError.
        """
        source = await self._datasets.choose(workspace_id, query.symbol, query.timeframe)
        start, end = _cut(source, query, self._after(cursor))
        limit = min(limit, max(1, _MAX_BARS_READ // source.ratio))
        rows = await self._page(source, start, end, limit + 1) if start < end else []
        following = rows[limit][0].isoformat() if len(rows) > limit else None
        return ItemPage(
            items=[_candle(row) for row in rows[:limit]],
            next_cursor=self._write("candle", following),
        )

    async def _page(
        self, source: Source, start: datetime, end: datetime, limit: int
    ) -> Sequence[tuple[Any, ...]]:
        series = source.dataset.series
        if source.ratio == 1:
            return await self._bars.page(series, start, end, limit)
        width_ns = timeframe_ns(source.timeframe)
        return await self._bars.page_of_buckets(
            series,
            instant(align_up(_ns(start), width_ns)),
            instant(align_up(_ns(end), width_ns)),
            limit,
            width_ns // 1_000,
            source.ratio,
        )

    def _after(self, cursor: str | None) -> datetime | None:
        """Return the bar that a page starts with."""
        return datetime.fromisoformat(_read(self._cursors, "candle", cursor)) if cursor else None

    def _write(self, kind: str, place: str | None) -> str | None:
        return None if place is None else self._cursors.write(f"{kind}:{place}")


def _read(cursors: CursorSigner, kind: str, cursor: str) -> str:
    """Return the place in a cursor; one of another list is refused."""
    found, _, place = cursors.read(cursor).partition(":")
    if found != kind:
        raise InvalidInputError.at(
            "/query/cursor", "cursor-invalid", "use next_cursor of a page of this list, unchanged"
        )
    return place


def _cut(source: Source, query: CandleQuery, after: datetime | None) -> tuple[datetime, datetime]:
    """Return the range to read, cut to the dataset: a bucket may start before its first bar."""
    if query.start is not None and query.end is not None and query.start >= query.end:
        raise InvalidInputError.at("/query/end", "range-empty", "end must be later than start")
    width = timedelta(microseconds=timeframe_ns(source.timeframe) // 1_000)
    first, past_last = source.dataset.start - width, source.dataset.end + width
    start = max(query.start or first, first)
    return max(after or start, start), min(query.end or past_last, past_last)


def _ns(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1) * 1_000


def _candle(row: Sequence[Any]) -> Candle:
    """Spell each float64 as the shortest decimal that is read back as the same float64."""
    ts, *prices = row
    decimals = {name: Decimal(repr(price)) for name, price in zip(_FIELDS[1:], prices, strict=True)}
    return Candle(ts=ts, **decimals)
