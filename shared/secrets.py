"""One master key per installation; every purpose gets a key of its own from it."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

_KEY_BYTES = 32


def derive_key(master_key: SecretStr, purpose: str, length: int = _KEY_BYTES) -> bytes:
    """Derive a key for ``purpose`` (HKDF-SHA256, RFC 5869). The same input, the same key.

    Raises ValueError unless ``master_key`` is 64 hex digits.
    """
    secret = bytes.fromhex(master_key.get_secret_value())
    if len(secret) != _KEY_BYTES:
        raise ValueError("the master key is 64 hex digits (32 bytes)")
    return HKDF(SHA256(), length, salt=b"naru", info=purpose.encode()).derive(secret)
