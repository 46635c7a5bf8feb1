"""SQL of run counts. Workspace first, but for the operators' totals."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from logic_service.models import RunCountRow, VersionRow

_ADDED = ("run_count", "bar_count", "cpu_s")


class RunCountRepository:
    """Rows of ``logic.run_counts``."""

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
