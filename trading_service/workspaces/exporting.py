"""Hand a workspace's backtests over: what was asked for, results, orders, logs."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from auth_service.duties import File
from logic_service.contract.artifacts import decode_logs
from logic_service.contract.executions import artifact_key
from shared.ids import public_id
from shared.object_store.tenants import read_tenant_object
from trading_service.backtests.artifacts import Artifacts
from trading_service.contract.backtests import Backtest
from trading_service.deps import TradingDeps
from trading_service.models import BacktestRow

MOST_BYTES = 256 * 1024 * 1024
"""Of all results together, the newest first; older backtests are described without them."""

_PAGE = 200
_RESULTS = ("result", "orders", "trades")


async def export_backtests(deps: TradingDeps, workspace_id: UUID) -> AsyncIterator[File]:
    """Yield ``backtests/<id>/backtest.json`` and, where they fit, the run's results."""
    room, last = MOST_BYTES, None
    while rows := await _page(deps, workspace_id, last):
        last = rows[-1].id
        for row in rows:
            folder = f"backtests/{public_id('bt', row.id)}"
            yield f"{folder}/backtest.json", _describe(row)
            if room <= 0:
                continue
            async for name, content in _results(deps, row):
                room -= len(content)
                yield f"{folder}/{name}", content


async def _page(deps: TradingDeps, workspace_id: UUID, last: UUID | None) -> Sequence[BacktestRow]:
    query = select(BacktestRow).where(BacktestRow.workspace_id == workspace_id)
    if last is not None:  # ids grow with time
        query = query.where(BacktestRow.id < last)
    async with deps.units_of_work(workspace_id) as work:
        rows = await work.session.scalars(query.order_by(BacktestRow.id.desc()).limit(_PAGE))
        return rows.all()


def _describe(row: BacktestRow) -> bytes:
    known: dict[str, Any] = {
        name: getattr(row, name) for name in Backtest.model_fields if hasattr(row, name)
    }
    return orjson.dumps(
        known | {"config": row.config, "receipt": row.receipt, "snapshots": row.snapshots},
        option=orjson.OPT_INDENT_2,
        default=str,
    )


async def _results(deps: TradingDeps, row: BacktestRow) -> AsyncIterator[File]:
    kept = row.artifacts or {}
    artifacts = Artifacts(deps.objects, row.workspace_id)
    for kind in _RESULTS:
        if kind in kept:
            yield f"{kind}.json", await artifacts.read(kept[kind])
    if "logs" in kept:
        key = artifact_key(row.workspace_id, kept["logs"])
        lines = decode_logs(await read_tenant_object(deps.objects, key))
        yield "logs.txt", "".join(f"{ts_ns}\t{text}\n" for ts_ns, text in lines).encode()
