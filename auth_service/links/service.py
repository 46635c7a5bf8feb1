"""Make one-time tokens, and take them."""

import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.contract.errors import LinkInvalidError
from auth_service.hashing import KeyedHashes
from auth_service.models import OneTimeTokenRow
from shared.clock import utc_now
from shared.ids import new_id
from shared.unit_of_work import UnitOfWork

_ID_BYTES = 16
_SALT_BYTES = 16
_KEPT_AFTERWARDS = timedelta(days=1)


class LinkService:
    """One-time tokens, inside a transaction.

    The token is the row's id with an HMAC over id, purpose and salt: it can be spelt again for a
    mail that has to be sent twice, and a stolen table is worth nothing.
    """

    def __init__(self, work: UnitOfWork, hashes: KeyedHashes) -> None:
        self._session: AsyncSession = work.session
        self._hashes = hashes

    async def create(
        self,
        purpose: str,
        user_id: UUID | None,
        lifetime: timedelta,
        facts: Mapping[str, object] | None = None,
    ) -> OneTimeTokenRow:
        """Make a token; forget those that are long past."""
        now = utc_now()
        await self._session.execute(
            delete(OneTimeTokenRow).where(OneTimeTokenRow.expires_at < now - _KEPT_AFTERWARDS)
        )
        row = OneTimeTokenRow(
            id=new_id(),
            purpose=purpose,
            user_id=user_id,
            salt=os.urandom(_SALT_BYTES),
            facts=dict(facts or {}),
            created_at=now,
            expires_at=now + lifetime,
        )
        self._session.add(row)
        await self._session.flush()
        return row

    def spell(self, row: OneTimeTokenRow) -> str:
        """Return the token of a row."""
        return base64.urlsafe_b64encode(row.id.bytes + self._mac(row)).decode().rstrip("=")

    async def find(self, purpose: str, token: str) -> OneTimeTokenRow:
        """Return a token's row, locked. Raises LinkInvalidError if it is forged, used or late."""
        row = await self._lock(token)
        if row is None or row.purpose != purpose or row.used_at or row.expires_at <= utc_now():
            raise LinkInvalidError
        return row

    async def take(self, purpose: str, token: str) -> OneTimeTokenRow:
        """Use a token up. Raises LinkInvalidError."""
        row = await self.find(purpose, token)
        row.used_at = utc_now()
        return row

    async def find_open(self, link_id: UUID) -> OneTimeTokenRow:
        """Return a row by its id, to spell its token. Raises LinkInvalidError."""
        row = await self._session.get(OneTimeTokenRow, link_id)
        if row is None or row.used_at or row.expires_at <= utc_now():
            raise LinkInvalidError
        return row

    async def void(self, user_id: UUID, purpose: str) -> None:
        """Use up all tokens that a user has for a purpose."""
        await self._session.execute(
            update(OneTimeTokenRow)
            .where(
                OneTimeTokenRow.user_id == user_id,
                OneTimeTokenRow.purpose == purpose,
                OneTimeTokenRow.used_at.is_(None),
            )
            .values(used_at=utc_now())
        )

    async def _lock(self, token: str) -> OneTimeTokenRow | None:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        if len(raw) <= _ID_BYTES:
            return None
        query = select(OneTimeTokenRow).where(OneTimeTokenRow.id == UUID(bytes=raw[:_ID_BYTES]))
        row = await self._session.scalar(query.with_for_update())
        genuine = row is not None and hmac.compare_digest(raw[_ID_BYTES:], self._mac(row))
        return row if genuine else None

    def _mac(self, row: OneTimeTokenRow) -> bytes:
        return self._hashes.digest("one-time", row.id.bytes, row.purpose.encode(), row.salt)
