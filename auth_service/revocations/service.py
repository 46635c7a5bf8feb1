"""Write and read the feed of changes."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from auth_service.contract.revocations import Kind, Revocation, RevocationBatch
from auth_service.contract.tokens import LIFETIME_S
from auth_service.models import RevocationRow
from shared.clock import utc_now
from shared.unit_of_work import UnitOfWork

_KEPT = timedelta(seconds=LIFETIME_S + 60)


class RevocationService:
    """The feed. Whoever adds to it also emits an event, whose wake-up the gateway hears."""

    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session

    async def add(
        self,
        kind: Kind,
        subject_id: UUID,
        *,
        workspace_id: UUID | None = None,
        plan: str | None = None,
        role: str | None = None,
    ) -> None:
        """Note a change.

        The lock, held to the commit, makes numbers visible in their order: a reader that has seen
        one never misses a smaller one that commits later.
        """
        now = utc_now()
        await self._session.execute(
            select(func.pg_advisory_xact_lock(func.hashtext("auth.revocations")))
        )
        await self._session.execute(delete(RevocationRow).where(RevocationRow.expires_at < now))
        self._session.add(
            RevocationRow(
                kind=kind,
                subject_id=subject_id,
                workspace_id=workspace_id,
                plan=plan,
                role=role,
                expires_at=now + _KEPT,
            )
        )
        await self._session.flush()

    async def read(self, after: int, limit: int) -> RevocationBatch:
        """Return the living changes behind ``after``, oldest first."""
        query = (
            select(RevocationRow)
            .where(RevocationRow.seq > after, RevocationRow.expires_at > utc_now())
            .order_by(RevocationRow.seq)
            .limit(limit + 1)
        )
        rows = (await self._session.scalars(query)).all()
        items = [Revocation.model_validate(row, from_attributes=True) for row in rows[:limit]]
        return RevocationBatch(items=items, has_more=len(rows) > limit)
