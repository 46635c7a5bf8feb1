"""Delete every row of a workspace, and keep the account of it."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import MetaData, Table, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from shared.unit_of_work import UnitOfWork

_PATIENCE = text("SET LOCAL statement_timeout = '10min'")
"""A tenant may have millions of rows; requests otherwise give up earlier."""


async def erase_rows(work: UnitOfWork, metadata: MetaData, workspace_id: UUID) -> dict[str, int]:
    """Delete the workspace's rows of every table that says whose they are; return the counts.

    A new table with a ``workspace_id`` is part of it without anybody having to remember. Tables
    whose rows point to others' come first. Jobs stay, this one among them: they hold nothing but
    ids, and find nothing to do.
    """
    await work.session.execute(_PATIENCE)
    kept = (work.tables.erasures, work.tables.jobs)
    counts = {}
    for table in reversed(metadata.sorted_tables):
        if "workspace_id" in table.columns and table not in kept:
            mine = table.c.workspace_id == workspace_id
            result = await work.session.execute(delete(table).where(mine))
            counts[table.name] = result.rowcount if isinstance(result, CursorResult) else 0
    return counts


async def note_erasure(work: UnitOfWork, workspace_id: UUID, found: Mapping[str, int]) -> None:
    """Add what has been erased just now to what was erased before."""
    table = work.tables.erasures
    await work.session.execute(
        insert(table).values(workspace_id=workspace_id, counts={}).on_conflict_do_nothing()
    )
    total = Counter(await erased_counts(work.session, table, workspace_id, lock=True))
    total.update(found)
    await work.session.execute(
        table.update().where(table.c.workspace_id == workspace_id).values(counts=dict(total))
    )


async def erased_counts(
    session: AsyncSession, table: Table, workspace_id: UUID, *, lock: bool = False
) -> dict[str, int]:
    """Return what has been erased of a workspace in all; nothing of one that still is."""
    query = select(table.c.counts).where(table.c.workspace_id == workspace_id)
    counts: dict[str, int] | None = await session.scalar(query.with_for_update() if lock else query)
    return counts or {}
