"""SQL of sessions and their refresh tokens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import RefreshTokenRow, SessionRow

_FORGET_AT_ONCE = 100


class SessionRepository:
    """Rows of ``auth.sessions`` and ``auth.refresh_tokens``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, *rows: SessionRow | RefreshTokenRow) -> None:
        """Store new rows."""
        self._session.add_all(rows)

    async def forget_ended(self, before: datetime) -> None:
        """Delete some sessions, with their tokens, that expired before an instant."""
        old = select(SessionRow.id).where(SessionRow.expires_at < before).limit(_FORGET_AT_ONCE)
        skipping = old.with_for_update(skip_locked=True)
        await self._session.execute(delete(SessionRow).where(SessionRow.id.in_(skipping)))

    async def flush(self) -> None:
        """Send what was added to the database."""
        await self._session.flush()

    async def lock(self, session_id: UUID) -> SessionRow | None:
        """Return a session and keep others from changing it before this transaction ends."""
        query = select(SessionRow).where(SessionRow.id == session_id).with_for_update()
        return await self._session.scalar(query)

    async def lock_token(self, token_hash: bytes) -> RefreshTokenRow | None:
        """Return a refresh token's row, locked."""
        query = select(RefreshTokenRow).where(RefreshTokenRow.token_hash == token_hash)
        return await self._session.scalar(query.with_for_update())

    async def find_token(self, token_hash: bytes) -> RefreshTokenRow | None:
        """Return a refresh token's row."""
        query = select(RefreshTokenRow).where(RefreshTokenRow.token_hash == token_hash)
        return await self._session.scalar(query)

    async def list_living_of(self, user_id: UUID, now: datetime) -> Sequence[SessionRow]:
        """Return a user's sessions that have not ended, newest first."""
        query = (
            select(SessionRow)
            .where(
                SessionRow.user_id == user_id,
                SessionRow.ended_at.is_(None),
                SessionRow.expires_at > now,
            )
            .order_by(SessionRow.id.desc())
        )
        return (await self._session.scalars(query)).all()

    async def lock_living_of(self, user_id: UUID, now: datetime) -> list[SessionRow]:
        """Return a user's sessions that have not ended, locked, in the order of their ids."""
        query = (
            select(SessionRow)
            .where(
                SessionRow.user_id == user_id,
                SessionRow.ended_at.is_(None),
                SessionRow.expires_at > now,
            )
            .order_by(SessionRow.id)
        )
        return list((await self._session.scalars(query.with_for_update())).all())
