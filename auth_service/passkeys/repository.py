"""SQL of passkeys."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import PasskeyRow


class PasskeyRepository:
    """Rows of ``auth.passkeys``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def list_of(self, user_id: UUID) -> Sequence[PasskeyRow]:
        """Return a person's passkeys, the earliest first."""
        query = select(PasskeyRow).where(PasskeyRow.user_id == user_id).order_by(PasskeyRow.id)
        return (await self._session.scalars(query)).all()

    async def find(self, credential_id: bytes, *, lock: bool = False) -> PasskeyRow | None:
        """Return a passkey by what its authenticator calls it."""
        query = select(PasskeyRow).where(PasskeyRow.credential_id == credential_id)
        return await self._session.scalar(query.with_for_update() if lock else query)

    async def add(self, **values: object) -> PasskeyRow | None:
        """Store a passkey; None when it is there already."""
        query = insert(PasskeyRow).values(**values).on_conflict_do_nothing().returning(PasskeyRow)
        return await self._session.scalar(query)

    async def delete(self, user_id: UUID, passkey_id: UUID) -> bool:
        """Delete a person's passkey; False when there is none."""
        query = (
            delete(PasskeyRow)
            .where(PasskeyRow.user_id == user_id, PasskeyRow.id == passkey_id)
            .returning(PasskeyRow.id)
        )
        return await self._session.scalar(query) is not None
