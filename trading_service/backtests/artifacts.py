"""A run's immutable outputs, as objects named by their content."""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from shared.object_store.port import ObjectStore
from shared.object_store.tenants import read_tenant_object, tenant_key

RESULTS = "results"


class Artifacts:
    """Writes and reads a workspace's artifacts. The same content is kept once."""

    def __init__(self, objects: ObjectStore, workspace_id: UUID) -> None:
        self._objects = objects
        self._workspace_id = workspace_id

    async def write(self, parts: Mapping[str, bytes]) -> dict[str, str]:
        """Store each part; return kind -> SHA-256."""
        digests = {}
        for kind, data in parts.items():
            digests[kind] = sha256(data).hexdigest()
            await self._objects.put(self._key(digests[kind]), data)
        return digests

    async def read(self, digest: str) -> bytes:
        """Return an artifact's bytes. Raises ObjectNotFoundError."""
        return await read_tenant_object(self._objects, self._key(digest))

    async def read_list(self, digest: str) -> list[dict[str, Any]]:
        """Return an artifact that is a JSON list; its numbers keep all their digits."""
        data = await self.read(digest)
        items: list[dict[str, Any]] = json.loads(data, parse_float=Decimal)
        return items

    def _key(self, digest: str) -> str:
        return tenant_key(RESULTS, self._workspace_id, digest)
