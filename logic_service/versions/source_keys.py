"""One random key for each workspace's sources, kept sealed under the master key."""

import os
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from logic_service.models import SourceKeyRow
from shared.unit_of_work import UnitOfWork
from shared.vault import Vault

_KEY_BYTES = 32


class SourceKeys:
    """Rows of ``logic.source_keys``, inside a transaction."""

    def __init__(self, work: UnitOfWork, vault: Vault) -> None:
        self._session = work.session
        self._vault = vault

    async def obtain(self, workspace_id: UUID) -> bytes:
        """Return the workspace's key, made if need be."""
        found = await self.find(workspace_id)
        if found is not None:
            return found
        sealed = self._vault.seal(os.urandom(_KEY_BYTES), *key_place(workspace_id))
        fresh = insert(SourceKeyRow).values(workspace_id=workspace_id, sealed=sealed)
        await self._session.execute(fresh.on_conflict_do_nothing())
        return await self.find(workspace_id) or await self.obtain(workspace_id)

    async def find(self, workspace_id: UUID) -> bytes | None:
        """Return the workspace's key; None while nothing of it has been sealed."""
        query = select(SourceKeyRow.sealed).where(SourceKeyRow.workspace_id == workspace_id)
        sealed = await self._session.scalar(query)
        return self._vault.open(sealed, *key_place(workspace_id)) if sealed is not None else None


def key_place(workspace_id: UUID) -> tuple[str, str]:
    """Return what a workspace's key is sealed for; see ``shared.vault``."""
    return "logic.source_key", workspace_id.hex
