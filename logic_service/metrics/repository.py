"""SQL of run counts. Workspace first, but for the operators' totals."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from logic_service.models import BarCountRow, RunCountRow, VersionRow

_ADDED = ("run_count", "bar_count", "cpu_s")


class RunCountRepository:
    """Rows of ``logic.run_counts`` and ``logic.bar_counts``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, **counted: Any) -> None:
        """Add one run to the row of its kind."""
        query = insert(RunCountRow).values(run_count=1, **counted)
        row, new = RunCountRow.__table__.c, query.excluded
        sums = {name: row[name] + new[name] for name in _ADDED}
        peak = func.greatest(row.peak_memory_bytes, new.peak_memory_bytes)
        await self._session.execute(
            query.on_conflict_do_update(
                index_elements=["version_id", "plan", "verdict", "bucket"],
                set_={**sums, "peak_memory_bytes": peak},
            )
        )

    async def add_bars(
        self, workspace_id: UUID, version_id: UUID, counts: Mapping[int, int]
    ) -> None:
        """Add bars to the rows of their classes; always in the same order, so that none waits."""
        kind = {"workspace_id": workspace_id, "version_id": version_id}
        rows = [{**kind, "bucket": place, "bar_count": counts[place]} for place in sorted(counts)]
        if not rows:
            return
        query = insert(BarCountRow).values(rows)
        total = BarCountRow.__table__.c.bar_count + query.excluded.bar_count
        await self._session.execute(
            query.on_conflict_do_update(
                index_elements=["version_id", "bucket"], set_={"bar_count": total}
            )
        )

    async def bars_of(self, version_ids: Collection[UUID]) -> Sequence[BarCountRow]:
        """Return the bars of some versions by class."""
        query = select(BarCountRow).where(BarCountRow.version_id.in_(version_ids))
        return (await self._session.scalars(query)).all()

    async def busiest_bars(self, version_count: int) -> Sequence[BarCountRow]:
        """Return the bars by class of those versions of the platform that handled the most."""
        busiest = (
            select(BarCountRow.version_id)
            .group_by(BarCountRow.version_id)
            .order_by(func.sum(BarCountRow.bar_count).desc(), BarCountRow.version_id)
            .limit(version_count)
        )
        query = select(BarCountRow).where(BarCountRow.version_id.in_(busiest))
        return (await self._session.scalars(query.order_by(BarCountRow.version_id))).all()

    async def of_strategy(
        self, workspace_id: UUID, strategy_id: UUID, version_count: int
    ) -> Sequence[Row[RunCountRow, int]]:
        """Return (row, version's number) of the newest versions that have run, newest first."""
        mine = (VersionRow.workspace_id == workspace_id, VersionRow.strategy_id == strategy_id)
        have_run = select(RunCountRow.version_id).where(RunCountRow.workspace_id == workspace_id)
        newest = (
            select(VersionRow.id, VersionRow.number)
            .where(*mine, VersionRow.id.in_(have_run))
            .order_by(VersionRow.number.desc())
            .limit(version_count)
            .subquery()
        )
        query = (
            select(RunCountRow, newest.c.number)
            .join(newest, newest.c.id == RunCountRow.version_id)
            .order_by(newest.c.number.desc())
        )
        return (await self._session.execute(query)).all()

    async def totals(self) -> Sequence[Row[str, str, int, int, float, int]]:
        """Return (plan, verdict, runs, bars, cpu_s, peak) of the whole platform."""
        query = select(
            RunCountRow.plan,
            RunCountRow.verdict,
            func.sum(RunCountRow.run_count),
            func.sum(RunCountRow.bar_count),
            func.sum(RunCountRow.cpu_s),
            func.max(RunCountRow.peak_memory_bytes),
        ).group_by(RunCountRow.plan, RunCountRow.verdict)
        return (await self._session.execute(query)).all()
