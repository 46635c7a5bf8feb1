"""Devices that somebody has signed in on before: strangers' guesses do not lock them out.

After OWASP's device cookies: the token says nothing but that this device once knew the password of
this account. It is no credential; it only has a count of its own.
"""

import base64
import binascii
import hmac
import os
from uuid import UUID

from auth_service.guesses.service import PER_DEVICE, Bucket
from auth_service.hashing import KeyedHashes

_ID_BYTES = 16


def new_device_token(hashes: KeyedHashes, user_id: UUID) -> str:
    """Return the token for a device on which a user has just signed in."""
    device_id = os.urandom(_ID_BYTES)
    return base64.urlsafe_b64encode(device_id + _mac(hashes, device_id, user_id)).decode()


def known_device_bucket(
    hashes: KeyedHashes, token: str | None, user_id: UUID | None
) -> Bucket | None:
    """Return the bucket of a device that the user has signed in on; None for any other."""
    try:
        raw = base64.urlsafe_b64decode(token or "")
    except (binascii.Error, ValueError):
        return None
    device_id = raw[:_ID_BYTES]
    if user_id is None or not hmac.compare_digest(
        raw[_ID_BYTES:], _mac(hashes, device_id, user_id)
    ):
        return None
    return Bucket("device", device_id.hex(), PER_DEVICE)


def _mac(hashes: KeyedHashes, device_id: bytes, user_id: UUID) -> bytes:
    return hashes.digest("known-device", device_id, user_id.bytes)
