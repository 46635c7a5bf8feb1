"""Keep the root of all keyed hashes, and seal everything anew after a change of master key."""

import os
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import KeyringRow, SigningKeyRow, TotpRow
from shared.clock import utc_now
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork
from shared.vault import Vault

log = get_logger(__name__)

_HASHING = "hashing"
_KEY_BYTES = 32
_KEYRING = "auth.keyring"


class KeyringService:
    """The keyring, inside a transaction."""

    def __init__(self, work: UnitOfWork, vault: Vault) -> None:
        self._session: AsyncSession = work.session
        self._vault = vault

    async def hashing_key(self) -> bytes:
        """Return the root of all keyed hashes; make it on the first start.

        It is random and not derived, so that API keys and the audit log outlive the master key.
        """
        sealed = self._vault.seal(os.urandom(_KEY_BYTES), _KEYRING, _HASHING)
        await self._session.execute(
            insert(KeyringRow)
            .values(purpose=_HASHING, sealed=sealed, created_at=utc_now())
            .on_conflict_do_nothing()
        )
        row = await self._session.get(KeyringRow, _HASHING)
        if row is None:
            raise RuntimeError("the keyring has lost its hashing key")
        return self._vault.open(row.sealed, _KEYRING, _HASHING)

    async def rewrap(self) -> int:
        """Put every sealed secret under the present master key; return how many were not.

        Done once after a change of master key; then the previous one may be forgotten.
        """
        places: tuple[tuple[Any, str, Callable[[Any], tuple[str, ...]]], ...] = (
            (KeyringRow, "sealed", lambda row: (_KEYRING, row.purpose)),
            (SigningKeyRow, "sealed_private", lambda row: ("auth.signing_key", row.kid)),
            (TotpRow, "sealed_secret", lambda row: ("auth.totp", row.user_id.hex)),
        )
        moved = 0
        for table, column, place in places:
            for row in await self._session.scalars(select(table).with_for_update()):
                sealed = getattr(row, column)
                if not self._vault.is_current(sealed):
                    setattr(row, column, self._vault.rewrap(sealed, *place(row)))
                    moved += 1
        log.info("secrets.rewrapped", count=moved)
        return moved
