"""Hand a workspace's datasets over: what they are, and their bars as Parquet."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import orjson
from sqlalchemy import select

from auth_service.duties import File
from data_service.bars.repository import BarRepository
from data_service.contract.datasets import Dataset
from data_service.deps import DataDeps
from data_service.models import DatasetRow
from naru.bars import Bars
from shared.bar_files import write_bars

MOST_BARS = 2_000_000
"""Of all datasets together; what does not fit is described, and can be had from the API."""


async def export_datasets(deps: DataDeps, workspace_id: UUID) -> AsyncIterator[File]:
    """Yield ``data/datasets.json`` and a Parquet file for each dataset that fits."""
    query = select(DatasetRow).where(DatasetRow.workspace_id == workspace_id)
    async with deps.units_of_work(workspace_id) as work:
        rows = (await work.session.scalars(query.order_by(DatasetRow.id))).all()
    room, described = MOST_BARS, []
    for row in rows:
        fits = row.bar_count <= room
        file = f"data/{row.id.hex}.parquet" if fits else None
        described.append(Dataset.model_validate(row, from_attributes=True).model_dump(mode="json"))
        described[-1]["file"] = file
        if file is not None:
            room -= row.bar_count
            yield file, await _bars(deps, row)
    yield "data/datasets.json", orjson.dumps(described, option=orjson.OPT_INDENT_2)


async def _bars(deps: DataDeps, row: DatasetRow) -> bytes:
    async with deps.units_of_work(row.workspace_id) as work:
        bars = BarRepository(work.session, await deps.storage.tier(work.session))
        columns = await bars.read(row.series, row.start, row.end + timedelta(microseconds=1))
    return await asyncio.to_thread(write_bars, Bars(row.symbol, row.timeframe, **columns))
