"""A run's immutable outputs, as objects named by their content."""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from shared.object_store.port import ObjectStore


def object_key(digest: str) -> str:
    """Return where the artifact with this SHA-256 is kept."""
    return f"results/{digest}"


class Artifacts:
    """Writes and reads artifacts. The same content is kept once."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    async def write(self, parts: Mapping[str, bytes]) -> dict[str, str]:
        """Store each part; return kind -> SHA-256."""
        digests = {}
        for kind, data in parts.items():
            digests[kind] = sha256(data).hexdigest()
            await self._objects.put(object_key(digests[kind]), data)
        return digests

    async def read(self, digest: str) -> bytes:
        """Return an artifact's bytes. Raises ObjectNotFoundError."""
        return await self._objects.get(object_key(digest))

    async def read_list(self, digest: str) -> list[dict[str, Any]]:
        """Return an artifact that is a JSON list; its numbers keep all their digits."""
        data = await self.read(digest)
        items: list[dict[str, Any]] = json.loads(data, parse_float=Decimal)
        return items
