"""Keep the root of all keyed hashes."""

import os

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import KeyringRow
from shared.clock import utc_now
from shared.unit_of_work import UnitOfWork
from shared.vault import Vault

_HASHING = "hashing"
_KEY_BYTES = 32
KEYRING = "auth.keyring"


class KeyringService:
    """The keyring, inside a transaction."""

    def __init__(self, work: UnitOfWork, vault: Vault) -> None:
        self._session: AsyncSession = work.session
        self._vault = vault

    async def hashing_key(self) -> bytes:
        """Return the root of all keyed hashes; make it on the first start.

        It is random and not derived, so that API keys and the audit log outlive the master key.
        """
        sealed = self._vault.seal(os.urandom(_KEY_BYTES), KEYRING, _HASHING)
        await self._session.execute(
            insert(KeyringRow)
            .values(purpose=_HASHING, sealed=sealed, created_at=utc_now())
            .on_conflict_do_nothing()
        )
        row = await self._session.get(KeyringRow, _HASHING)
        if row is None:
            raise RuntimeError("the keyring has lost its hashing key")
        return self._vault.open(row.sealed, KEYRING, _HASHING)
