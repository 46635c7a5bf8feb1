"""Where sources lie in the object store: by workspace and content, sealed, never changed."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.object_store.port import ObjectNotFoundError, ObjectStore
from shared.object_store.tenants import tenant_key
from shared.vault import VaultError

SOURCES = "sources"
_NONCE_BYTES = 12


def digest(source: str) -> str:
    """Return the SHA-256 of a source as UTF-8."""
    return sha256(source.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sources:
    """Writes and reads the sources of one workspace's versions.

    AES-256-GCM under the workspace's own key, with tenant and content hash as associated data. The
    nonce is computed from the content (HMAC), so that the same source always is the same object:
    uploads and forks may write it again.
    """

    objects: ObjectStore
    workspace_id: UUID
    key: bytes | None

    async def write(self, source: str) -> str:
        """Store a source durably; return the version id that the store gave these bytes."""
        if self.key is None:
            raise VaultError("the workspace has no key to seal its sources with")
        name = digest(source)
        nonce = hmac.digest(self.key, f"source nonce {name}".encode(), sha256)[:_NONCE_BYTES]
        sealed = nonce + AESGCM(self.key).encrypt(nonce, source.encode(), self._place(name))
        return await self.objects.put(self._key(name), sealed)

    async def read(self, sha256: str) -> str:
        """Return a source exactly as it was uploaded. Raises ObjectNotFoundError, VaultError."""
        try:
            sealed = await self.objects.get(self._key(sha256))
        except ObjectNotFoundError:
            return await self._read_plain(sha256)
        if self.key is None:
            raise VaultError("the key of the workspace's sources is gone")
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self.key).decrypt(nonce, ciphertext, self._place(sha256)).decode()
        except (InvalidTag, ValueError) as error:
            raise VaultError("the sealed source has been changed") from error

    async def _read_plain(self, sha256: str) -> str:
        """Return what was stored before sources were sealed."""
        source = (await self.objects.get(self._plain_key(sha256))).decode()
        if digest(source) != sha256:
            raise VaultError("the stored source has been changed")
        return source

    async def is_plain(self, sha256: str) -> bool:
        """Tell whether a source still lies there as it was stored before sources were sealed."""
        return await self.objects.exists(self._plain_key(sha256))

    async def delete_plain(self, sha256: str) -> None:
        """Delete what was stored before sources were sealed."""
        await self.objects.delete(self._plain_key(sha256))

    def _place(self, sha256: str) -> bytes:
        return f"source {self.workspace_id.hex} {sha256}".encode()

    def _key(self, sha256: str) -> str:
        return tenant_key(SOURCES, self.workspace_id, f"{sha256}.sealed")

    def _plain_key(self, sha256: str) -> str:
        return tenant_key(SOURCES, self.workspace_id, f"{sha256}.py")
