"""Objects as files: written beside, flushed to disk, then renamed into place."""

import asyncio
import os
import re
import shutil
from hashlib import sha256
from pathlib import Path

from shared.errors import UnavailableError
from shared.ids import new_id
from shared.object_store.port import ObjectNotFoundError

_KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*")


class FileObjectStore:
    """Keeps objects under one folder. The version id is the SHA-256 of the bytes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not an object key: {key!r}")
        return self._root / key

    async def put(self, key: str, data: bytes) -> str:
        """Store ``data`` durably and return its version id."""
        await asyncio.to_thread(_write, self._path(key), data)
        return sha256(data).hexdigest()

    async def get(self, key: str, version_id: str | None = None) -> bytes:
        """Return the object's bytes. Raises ObjectNotFoundError."""
        try:
            data = await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise ObjectNotFoundError(key) from error
        if version_id is not None and sha256(data).hexdigest() != version_id:
            raise ObjectNotFoundError(f"{key}, version {version_id}")
        return data

    async def exists(self, key: str) -> bool:
        """Tell whether the object is there."""
        return await asyncio.to_thread(self._path(key).exists)

    async def delete(self, key: str) -> None:
        """Delete the object; nothing happens when there is none."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def delete_folder(self, folder: str) -> int:
        """Delete all objects under ``folder``; return how many there were."""
        return await asyncio.to_thread(_delete_folder, self._path(folder))

    async def check(self) -> None:
        """Raise UnavailableError when the folder cannot be written."""
        try:
            await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise UnavailableError("the object folder cannot be written") from error


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{new_id().hex}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)
    _flush_folder(path.parent)


def _delete_folder(path: Path) -> int:
    count = sum(1 for found in path.rglob("*") if found.is_file())
    # Somebody else may be deleting the same folder: gone is gone.
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        raise UnavailableError("the object folder cannot be emptied")
    return count


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
