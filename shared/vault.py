"""Secrets at rest: envelope encryption, so that a stolen dump or disk says nothing.

Every secret gets a data key of its own (AES-256-GCM). The data key is wrapped (AES-256-GCM again)
by a key derived from the master key. Rotating the master key re-wraps data keys, 60 bytes each, and
leaves the ciphertexts as they are. The context (tenant, kind, object id) is authenticated with
both, so that a row copied to another place does not open there.

Layout: version (1) | id of the wrapping key (8) | nonce (12) | wrapped data key (48) | nonce (12) |
ciphertext and tag.
"""

import os
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from shared.secrets import derive_key

_VERSION = b"\x01"
KEY_ID_OFFSET, KEY_ID_BYTES = 1, 8
"""Where a sealed secret names its wrapping key."""

_NONCE = 12
_WRAPPED = 32 + 16
_HEAD = 1 + KEY_ID_BYTES + _NONCE + _WRAPPED


class VaultError(Exception):
    """A sealed secret does not open: other key, other context, or changed bytes."""


class Vault:
    """Seals and opens secrets under the installation's master key.

    previous    master keys of the past, which still open what they sealed
    """

    def __init__(self, master_key: SecretStr, previous: Sequence[SecretStr] = ()) -> None:
        keys = [derive_key(key, "vault") for key in (master_key, *previous)]
        self._current = _key_id(keys[0])
        self._wrappers = {_key_id(key): AESGCM(key) for key in keys}

    def seal(self, secret: bytes, *context: str) -> bytes:
        """Encrypt ``secret`` for the place that ``context`` names: kind, tenant, object id."""
        data_key = AESGCM.generate_key(256)
        nonce = os.urandom(_NONCE)
        ciphertext = AESGCM(data_key).encrypt(nonce, secret, _associated(context))
        return self._wrap(data_key, context) + nonce + ciphertext

    def open(self, sealed: bytes, *context: str) -> bytes:
        """Decrypt what :meth:`seal` made with the same context. Raises VaultError."""
        data_key = self._unwrap(sealed, context)
        nonce, ciphertext = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        try:
            return AESGCM(data_key).decrypt(nonce, ciphertext, _associated(context))
        except (InvalidTag, ValueError) as error:
            raise VaultError("the sealed secret has been changed") from error

    @property
    def current_key_id(self) -> bytes:
        """Name the wrapping key of the newest master key, as sealed secrets do."""
        return self._current

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the newest master key sealed it."""
        return sealed[1 : 1 + KEY_ID_BYTES] == self._current

    def rewrap(self, sealed: bytes, *context: str) -> bytes:
        """Return the same secret under the newest master key. Raises VaultError."""
        return self._wrap(self._unwrap(sealed, context), context) + sealed[_HEAD:]

    def _wrap(self, data_key: bytes, context: Sequence[str]) -> bytes:
        nonce = os.urandom(_NONCE)
        wrapped = self._wrappers[self._current].encrypt(nonce, data_key, _associated(context))
        return _VERSION + self._current + nonce + wrapped

    def _unwrap(self, sealed: bytes, context: Sequence[str]) -> bytes:
        wrapper = self._wrappers.get(sealed[1 : 1 + KEY_ID_BYTES])
        if sealed[:1] != _VERSION or len(sealed) < _HEAD + _NONCE or wrapper is None:
            raise VaultError("the secret was sealed with a key that is not at hand")
        nonce = sealed[1 + KEY_ID_BYTES : 1 + KEY_ID_BYTES + _NONCE]
        wrapped = sealed[1 + KEY_ID_BYTES + _NONCE : _HEAD]
        try:
            return wrapper.decrypt(nonce, wrapped, _associated(context))
        except InvalidTag as error:
            raise VaultError("the secret was sealed for another place") from error


def _key_id(key: bytes) -> bytes:
    return sha256(b"vault key id" + key).digest()[:KEY_ID_BYTES]


def _associated(context: Sequence[str]) -> bytes:
    """Spell the context unambiguously: each part with its length in front."""
    if not context:
        raise ValueError("a sealed secret belongs somewhere: name its kind, tenant and object")
    parts = [part.encode() for part in context]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
