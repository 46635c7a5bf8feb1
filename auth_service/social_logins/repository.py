"""SQL of accounts elsewhere."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.adapters.oauth import ExternalAccount
from auth_service.models import IdentityRow
from shared.clock import utc_now


class IdentityRepository:
    """Rows of ``auth.identities``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, issuer: str, subject: str) -> IdentityRow | None:
        """Return who signs in with an account elsewhere."""
        return await self._session.get(IdentityRow, (issuer, subject))

    async def list_of(self, user_id: UUID) -> Sequence[IdentityRow]:
        """Return a user's accounts elsewhere, the earliest first."""
        query = select(IdentityRow).where(IdentityRow.user_id == user_id)
        return (await self._session.scalars(query.order_by(IdentityRow.linked_at))).all()

    async def add(self, user_id: UUID, provider: str, account: ExternalAccount) -> bool:
        """Link an account; False when it belongs to somebody already."""
        query = (
            insert(IdentityRow)
            .values(
                issuer=account.issuer,
                subject=account.subject,
                user_id=user_id,
                provider=provider,
                email=account.email,
                linked_at=utc_now(),
            )
            .on_conflict_do_nothing()
            .returning(IdentityRow.subject)
        )
        return await self._session.scalar(query) is not None

    async def remove(self, user_id: UUID, provider: str) -> int:
        """Unlink a user's accounts at a provider; return how many that were."""
        query = (
            delete(IdentityRow)
            .where(IdentityRow.user_id == user_id, IdentityRow.provider == provider)
            .returning(IdentityRow.subject)
        )
        return len((await self._session.scalars(query)).all())
