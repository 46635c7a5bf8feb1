"""Hashes: slow ones for passwords, keyed ones for secrets that are random already."""

import asyncio
import hmac
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr

from shared.errors import UnavailableError

_PASSES = 1
_LANES = 1
_WAITING_AT_MOST = 256
_NICENESS = 10

Result = TypeVar("Result")


class PasswordHashes:
    """Argon2id in a small pool of threads; waiting logins wait outside of it.

    Memory stays below ``memory_kib`` times ``at_once`` however many people sign in together. On
    Linux the threads yield the processor to whoever serves other requests.
    """

    def __init__(self, at_once: int, memory_kib: int) -> None:
        self._argon2 = PasswordHasher(
            time_cost=_PASSES, memory_cost=memory_kib, parallelism=_LANES, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(at_once, "argon2", initializer=_be_nice)
        self._waiting = 0
        self._decoy = self._argon2.hash(os.urandom(16).hex())

    async def hash(self, password: SecretStr) -> str:
        """Return the PHC string to store."""
        return await self._run(lambda: self._argon2.hash(password.get_secret_value()))

    async def verify(self, stored: str | None, password: SecretStr) -> bool:
        """Tell whether the password is right.

        Takes as long without a stored hash as with one, so that time tells nobody who is known.
        """
        matches = await self._run(lambda: self._matches(stored or self._decoy, password))
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash was made with other costs than today's."""
        return self._argon2.check_needs_rehash(stored)

    def close(self) -> None:
        """Stop the threads; what waits in line is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, stored: str, password: SecretStr) -> bool:
        try:
            return self._argon2.verify(stored, password.get_secret_value())
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= _WAITING_AT_MOST:
            raise UnavailableError("too many sign-ins at once", headers={"Retry-After": "2"})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _be_nice() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class KeyedHashes:
    """HMAC-SHA256 under keys of this installation: a stolen table cannot be searched offline.

    root   32 random bytes; see ``auth_service.keyring``
    """

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._keys: dict[str, bytes] = {}

    def digest(self, purpose: str, *parts: bytes) -> bytes:
        """Return 32 bytes; every purpose has a key of its own, parts cannot run into each other."""
        key = self._keys.get(purpose)
        if key is None:
            key = self._keys[purpose] = hmac.digest(self._root, purpose.encode(), sha256)
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(key, message, sha256)
