"""Read backtests and their artifacts for their owner."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from orjson import loads
from pydantic import BaseModel

from data_service.contract.bars import snapshot_key
from logic_service.contract.artifacts import decode_logs
from logic_service.contract.executions import artifact_key
from naru.report.catalogue import Language
from shared.errors import InvalidInputError
from shared.http.pages import CursorSigner, ItemPage, ListPage
from shared.object_store.tenants import read_tenant_object
from trading_service.backtests.artifacts import Artifacts
from trading_service.backtests.presenting import present_backtest, present_equity, present_log
from trading_service.backtests.rendering import render_report
from trading_service.backtests.service import BacktestService
from trading_service.contract.backtests import (
    ACTIVE,
    Backtest,
    Bounds,
    Equity,
    LogLine,
    Metrics,
    Order,
    Receipt,
    Trade,
)
from trading_service.contract.errors import BacktestHasNoResultsError, BacktestNotFinishedError
from trading_service.deps import TradingDeps
from trading_service.models import BacktestRow

Item = TypeVar("Item", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class BacktestReading:
    """The use cases behind ``GET /backtests...``: rows first, then objects, never both at once."""

    deps: TradingDeps

    async def present(self, row: BacktestRow) -> Backtest:
        """Return the row as the public sees it, with its progress."""
        return present_backtest(row, (await self.deps.progress.of([row]))[row.id])

    async def get(self, workspace_id: UUID, backtest_id: UUID) -> Backtest:
        """Return one backtest. Raises BacktestNotFoundError."""
        return await self.present(await self._row(workspace_id, backtest_id))

    async def list(
        self,
        workspace_id: UUID,
        strategy_id: UUID | None,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> ItemPage[Backtest]:
        """Return one page, newest first."""
        async with self.deps.units_of_work.reading(workspace_id) as work:
            rows, following = await BacktestService(work).list(
                workspace_id, strategy_id, cursors, cursor, limit
            )
        done = await self.deps.progress.of(rows)
        items = [present_backtest(row, done[row.id]) for row in rows]
        return ItemPage(items=items, next_cursor=following)

    async def list_first(
        self, workspace_id: UUID, strategy_ids: Sequence[UUID], cursors: CursorSigner, limit: int
    ) -> Sequence[ListPage[Backtest]]:
        """Return the first page of the backtests of many strategies, of those that have any."""
        async with self.deps.units_of_work.reading(workspace_id) as work:
            pages = await BacktestService(work).list_first(
                workspace_id, strategy_ids, cursors, limit
            )
        done = await self.deps.progress.of([row for rows, _ in pages.values() for row in rows])
        return [
            ListPage(
                id=strategy_id,
                items=[present_backtest(row, done[row.id]) for row in rows],
                next_cursor=following,
            )
            for strategy_id, (rows, following) in pages.items()
        ]

    async def cancel(self, workspace_id: UUID, backtest_id: UUID) -> Backtest:
        """Ask the run to stop, and tell watchers."""
        async with self.deps.units_of_work(workspace_id) as work:
            row = await BacktestService(work).cancel(workspace_id, backtest_id)
        await self.deps.progress.tell(row)
        return await self.present(row)

    async def metrics(self, workspace_id: UUID, backtest_id: UUID) -> Metrics:
        """Return the figures. Raises BacktestNotFinishedError, BacktestHasNoResultsError."""
        row = await self._finished(workspace_id, backtest_id)
        digest = (row.artifacts or {}).get("confidence")
        data = await self._artifacts(workspace_id).read(digest) if digest else b"{}"
        bounds = {name: Bounds(low=low, high=high) for name, (low, high) in loads(data).items()}
        return Metrics(backtest_id=row.id, metrics=row.metrics or {}, confidence=bounds)

    async def receipt(self, workspace_id: UUID, backtest_id: UUID) -> Receipt:
        """Return the receipt. Raises BacktestNotFinishedError, BacktestHasNoResultsError."""
        row = await self._finished(workspace_id, backtest_id)
        return Receipt(backtest_id=row.id, receipt=row.receipt or {})

    async def trades(
        self, workspace_id: UUID, backtest_id: UUID, cursor: str | None, limit: int
    ) -> ItemPage[Trade]:
        """Return one page of the round trips."""
        row = await self._finished(workspace_id, backtest_id)
        items = await self._artifacts(workspace_id).read_list(_artifact(row, "trades"))
        return self._slice(Trade, items, cursor, limit)

    async def orders(
        self, workspace_id: UUID, backtest_id: UUID, cursor: str | None, limit: int
    ) -> ItemPage[Order]:
        """Return one page of the orders."""
        row = await self._finished(workspace_id, backtest_id)
        items = await self._artifacts(workspace_id).read_list(_artifact(row, "orders"))
        return self._slice(Order, items, cursor, limit)

    async def equity(self, workspace_id: UUID, backtest_id: UUID, points: int) -> Equity:
        """Return the curve, thinned to about ``points``."""
        row = await self._finished(workspace_id, backtest_id)
        data = await self._artifacts(workspace_id).read(_artifact(row, "equity"))
        return await asyncio.to_thread(present_equity, data, row.config, points)

    async def logs(
        self, workspace_id: UUID, backtest_id: UUID, cursor: str | None, limit: int
    ) -> ItemPage[LogLine]:
        """Return one page of log lines. Raises BacktestNotFinishedError while the run is active."""
        row = await self._row(workspace_id, backtest_id)
        if row.status in ACTIVE:
            raise BacktestNotFinishedError
        digest = (row.artifacts or {}).get("logs")
        key = artifact_key(workspace_id, digest) if digest else None
        data = await read_tenant_object(self.deps.objects, key) if key else b""
        lines = [present_log(ts_ns, text) for ts_ns, text in decode_logs(data)]
        return self._slice(LogLine, lines, cursor, limit)

    async def report(self, workspace_id: UUID, backtest_id: UUID, language: Language) -> str:
        """Return the run as an HTML page."""
        row = await self._finished(workspace_id, backtest_id)
        result = await self._artifacts(workspace_id).read(_artifact(row, "result"))
        files = [
            (item["symbol"], await self._snapshot(workspace_id, item["sha256"]))
            for item in row.snapshots or []
        ]
        return await asyncio.to_thread(render_report, result, files, language)

    def _artifacts(self, workspace_id: UUID) -> Artifacts:
        return Artifacts(self.deps.objects, workspace_id)

    async def _snapshot(self, workspace_id: UUID, sha256: str) -> bytes:
        return await read_tenant_object(self.deps.objects, snapshot_key(workspace_id, sha256))

    async def _row(self, workspace_id: UUID, backtest_id: UUID) -> BacktestRow:
        async with self.deps.units_of_work.reading(workspace_id) as work:
            return await BacktestService(work).get(workspace_id, backtest_id)

    async def _finished(self, workspace_id: UUID, backtest_id: UUID) -> BacktestRow:
        row = await self._row(workspace_id, backtest_id)
        if row.status in ACTIVE:
            raise BacktestNotFinishedError
        if row.status != "finished":
            raise BacktestHasNoResultsError
        return row

    def _slice(
        self, kind: type[Item], items: Sequence[Any], cursor: str | None, limit: int
    ) -> ItemPage[Item]:
        """Page through an immutable list: the cursor is a place in it."""
        place = self.deps.cursors.read(cursor) if cursor else "0"
        if not place.isdigit():
            raise InvalidInputError.at(
                "/query/cursor", "cursor-invalid", "use next_cursor of a page of this list"
            )
        start, end = int(place), int(place) + limit
        following = self.deps.cursors.write(str(end)) if end < len(items) else None
        page = [kind.model_validate(item) for item in items[start:end]]
        return ItemPage(items=page, next_cursor=following)


def _artifact(row: BacktestRow, kind: str) -> str:
    digest = (row.artifacts or {}).get(kind)
    if digest is None:
        raise BacktestHasNoResultsError
    return digest
