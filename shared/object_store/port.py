"""The narrow interface behind which S3 and the file system are the same."""

from typing import Protocol

from shared.errors import NotFoundError


class ObjectNotFoundError(NotFoundError):
    code, title = "object-not-found", "No such object"


class ObjectStore(Protocol):
    """Keys are relative paths of ``[a-z0-9._-]`` parts; objects are never changed once written."""

    async def put(self, key: str, data: bytes) -> str:
        """Store ``data`` durably and return the version id that the store gave it."""
        ...

    async def get(self, key: str, version_id: str | None = None) -> bytes:
        """Return the object's bytes. Raises ObjectNotFoundError."""
        ...

    async def exists(self, key: str) -> bool:
        """Tell whether the object is there."""
        ...

    async def delete(self, key: str) -> None:
        """Delete every version of the object; nothing happens when there is none."""
        ...

    async def delete_folder(self, folder: str) -> int:
        """Delete every version of all objects under ``folder``; return how many objects."""
        ...

    async def check(self) -> None:
        """Raise UnavailableError when the store cannot be used just now."""
        ...
