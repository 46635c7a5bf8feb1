"""SQL of the signing keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import SigningKeyRow


class SigningKeyRepository:
    """Rows of ``auth.signing_keys``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self) -> None:
        """Let nobody else add a key before this transaction ends."""
        await self._session.execute(
            select(func.pg_advisory_xact_lock(func.hashtext("auth.signing_keys")))
        )

    async def find_newest(self) -> SigningKeyRow | None:
        """Return the key that signs at present."""
        query = select(SigningKeyRow).where(SigningKeyRow.retires_at.is_(None))
        return await self._session.scalar(
            query.order_by(SigningKeyRow.created_at.desc(), SigningKeyRow.kid).limit(1)
        )

    async def list_living(self, now: datetime) -> Sequence[SigningKeyRow]:
        """Return every key whose tokens may still be alive, newest first."""
        living = or_(SigningKeyRow.retires_at.is_(None), SigningKeyRow.retires_at > now)
        query = select(SigningKeyRow).where(living).order_by(SigningKeyRow.created_at.desc())
        return (await self._session.scalars(query)).all()

    async def retire_all(self, at: datetime) -> None:
        """Let every key that signs leave the key set at an instant."""
        await self._session.execute(
            update(SigningKeyRow).where(SigningKeyRow.retires_at.is_(None)).values(retires_at=at)
        )

    def add(self, row: SigningKeyRow) -> None:
        """Store a new key."""
        self._session.add(row)
