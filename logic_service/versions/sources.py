"""Where sources lie in the object store: by workspace and content, never changed."""

from hashlib import sha256
from uuid import UUID

from shared.object_store.port import ObjectStore


def digest(source: str) -> str:
    """Return the SHA-256 of a source as UTF-8."""
    return sha256(source.encode()).hexdigest()


class Sources:
    """Writes and reads the sources of versions."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    async def write(self, workspace_id: UUID, source: str) -> str:
        """Store a source durably; return the version id that the store gave these bytes."""
        return await self._objects.put(_key(workspace_id, digest(source)), source.encode())

    async def read(self, workspace_id: UUID, sha256: str, object_version: str) -> str:
        """Return a source exactly as it was uploaded. Raises ObjectNotFoundError."""
        data = await self._objects.get(_key(workspace_id, sha256), object_version)
        return data.decode()


def _key(workspace_id: UUID, sha256: str) -> str:
    return f"sources/{workspace_id.hex}/{sha256}.py"
