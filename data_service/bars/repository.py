"""SQL of bars. Series are numbers that only the workspace's own dataset rows give out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, delete, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from data_service.bars.columns import copy_blocks, decode_numbers, decode_times
from data_service.models import BarRow
from data_service.storage.tiers import COLUMNS, TABLE, StorageTier
from naru.bars import Bars
from shared.errors import UnavailableError

_CHUNK_BARS = 250_000
_PATIENCE = "SET LOCAL statement_timeout = '10min'"
"""Ten million bars are copied in about a minute; requests otherwise give up earlier."""

_FIELDS = (BarRow.ts, BarRow.open, BarRow.high, BarRow.low, BarRow.close, BarRow.volume)

Columns = dict[str, NDArray[Any]]


class BarRepository:
    """Rows of ``data.bars``, within the session's transaction."""

    def __init__(self, session: AsyncSession, tier: StorageTier) -> None:
        self._session = session
        self._tier = tier

    async def replace(self, series: int, bars: Bars) -> int:
        """Put ``bars`` in the place of what lies between the first and the last of them.

        Return how many bars are gone. Nothing is seen by others before the commit.
        """
        await self._prepare_overwrite()
        between = BarRow.ts.between(instant(bars.ts[0]), instant(bars.ts[-1]))
        gone = (
            delete(BarRow).where(BarRow.series == series, between).returning(BarRow.ts).cte("gone")
        )
        count = await self._session.scalar(select(func.count()).select_from(gone))
        await self._copy(series, bars)
        return count or 0

    async def delete(self, series: int) -> None:
        """Delete all bars of a series."""
        await self._prepare_overwrite()
        await self._session.execute(delete(BarRow).where(BarRow.series == series))

    async def read(self, series: int, start: datetime, end: datetime) -> Columns:
        """Return the columns of the bars from ``start`` to before ``end``, in order of time.

        The server sends each column as one binary array: half the time of COPY, whose rows the
        driver hands out one by one. Chunks keep the memory of either side bounded.
        """
        chunks: list[Columns] = []
        while True:
            chunk = _of(series, start, end).limit(_CHUNK_BARS).subquery()
            sent = [func.array_send(func.array_agg(column)) for column in chunk.c]
            query = select(*sent, func.count(), func.max(chunk.c.ts)).select_from(chunk)
            *columns, count, last = (await self._session.execute(query)).one()
            if count:
                chunks.append(_decode(columns))
            if count < _CHUNK_BARS:
                return _join(chunks)
            start = last + timedelta(microseconds=1)

    async def page(
        self, series: int, start: datetime, end: datetime, limit: int
    ) -> Sequence[tuple[Any, ...]]:
        """Return up to ``limit`` rows ``(ts, open, high, low, close, volume)``, oldest first."""
        rows = await self._session.execute(_of(series, start, end).limit(limit))
        return [tuple(row) for row in rows]

    async def page_of_buckets(
        self, series: int, start: datetime, end: datetime, limit: int, width_us: int, ratio: int
    ) -> Sequence[tuple[Any, ...]]:
        """Return up to ``limit`` bars that are ``width_us`` microseconds long, oldest first.

        ``start`` and ``end`` lie on bucket bounds. A bucket holds at most ``ratio`` bars, so the
        first ``limit * ratio`` bars fill at least ``limit`` buckets, each of them completely.
        """
        faster = _of(series, start, end).limit(limit * ratio).subquery()
        bucket = _sql(self._tier.bucket(f"INTERVAL '{int(width_us)} microseconds'", "ts"))
        query = (
            select(
                bucket.label("bucket"),
                _sql(self._tier.first("open", "ts")),
                func.max(faster.c.high),
                func.min(faster.c.low),
                _sql(self._tier.last("close", "ts")),
                func.sum(faster.c.volume),
            )
            .select_from(faster)
            .group_by("bucket")
            .order_by("bucket")
            .limit(limit)
        )
        return [tuple(row) for row in await self._session.execute(query)]

    async def _prepare_overwrite(self) -> None:
        for statement in (_PATIENCE, *self._tier.before_overwrite()):
            await self._session.execute(text(statement))

    async def _copy(self, series: int, bars: Bars) -> None:
        connection = await (await self._session.connection()).get_raw_connection()
        driver = connection.driver_connection
        if not isinstance(driver, psycopg.AsyncConnection):
            raise TypeError("bars are copied through psycopg")
        names = ", ".join(["series", "ts", *COLUMNS])
        into = f"COPY {TABLE} ({names}) FROM STDIN (FORMAT BINARY)"
        try:
            async with driver.cursor() as cursor, cursor.copy(into) as copy:
                for block in copy_blocks(series, bars):
                    await copy.write(block)
        except psycopg.OperationalError as error:
            raise UnavailableError("the database went away during the upload") from error


def _of(series: int, start: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    within = (BarRow.series == series, BarRow.ts >= start, BarRow.ts < end)
    return select(*_FIELDS).where(*within).order_by(BarRow.ts)


def _sql(expression: str) -> ColumnElement[Any]:
    """Take an expression that a tier has spelled; no input of anybody's is in it."""
    return literal_column(expression)


def instant(ts_ns: int | np.int64) -> datetime:
    """Return nanoseconds since the epoch as an instant, to the microsecond."""
    return EPOCH + timedelta(microseconds=int(ts_ns) // 1_000)


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _decode(sent: Sequence[bytes]) -> Columns:
    prices = {name: decode_numbers(column) for name, column in zip(COLUMNS, sent[1:], strict=True)}
    return {"ts": decode_times(sent[0]), **prices}


def _join(chunks: Sequence[Columns]) -> Columns:
    if len(chunks) == 1:
        return chunks[0]
    empty: Columns = {"ts": np.empty(0, np.int64)} | {name: np.empty(0) for name in COLUMNS}
    return {name: np.concatenate([chunk[name] for chunk in chunks or [empty]]) for name in empty}
