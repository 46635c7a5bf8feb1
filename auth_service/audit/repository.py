"""SQL of the audit log."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import AuditEntryRow, AuditHeadRow


class AuditRepository:
    """Rows of ``auth.audit_entries`` and ``auth.audit_heads``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock_head(self, workspace_id: UUID) -> AuditHeadRow:
        """Return where the chain ends, locked; a new chain ends at 0."""
        await self._session.execute(
            insert(AuditHeadRow)
            .values(workspace_id=workspace_id, number=0, mac=b"")
            .on_conflict_do_nothing()
        )
        query = select(AuditHeadRow).where(AuditHeadRow.workspace_id == workspace_id)
        return (await self._session.scalars(query.with_for_update())).one()

    async def find_head(self, workspace_id: UUID) -> AuditHeadRow | None:
        """Return where the chain ends."""
        return await self._session.get(AuditHeadRow, workspace_id)

    async def has(self, entry_id: UUID) -> bool:
        """Tell whether an entry has been recorded."""
        query = select(AuditEntryRow.number).where(AuditEntryRow.id == entry_id)
        return await self._session.scalar(query) is not None

    async def add(self, row: AuditEntryRow) -> None:
        """Append an entry."""
        self._session.add(row)
        await self._session.flush()

    def listing(self, workspace_id: UUID) -> Select[Any]:
        """Return the query of a workspace's entries, newest first."""
        return (
            select(AuditEntryRow)
            .where(AuditEntryRow.workspace_id == workspace_id)
            .order_by(AuditEntryRow.number.desc())
        )

    async def walk(self, workspace_id: UUID) -> AsyncIterator[AuditEntryRow]:
        """Yield a workspace's entries, oldest first, a few at a time."""
        query = (
            select(AuditEntryRow)
            .where(AuditEntryRow.workspace_id == workspace_id)
            .order_by(AuditEntryRow.number)
            .execution_options(yield_per=500)
        )
        async for row in await self._session.stream_scalars(query):
            yield row
            self._session.expunge(row)
