"""How API keys are spelt: ``sk_live_`` + 36 random characters + a checksum of 6.

The form follows GitHub's tokens: a prefix that secret scanners know, base62 so that a double click
selects the whole, and a CRC-32 by which a mistyped key is told from an unknown one without a query.
"""

import re
import secrets
import string
from zlib import crc32

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH = 36
_CHECKSUM_LENGTH = 6
_FORM = re.compile(r"sk_(live|test)_[0-9A-Za-z]{42}")


def new_api_key(mode: str) -> str:
    """Return a fresh key with 214 random bits."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    start = f"sk_{mode}_{body}"
    return start + _checksum(start)


def is_well_formed(key: str) -> bool:
    """Tell whether the form and the checksum are right; says nothing about who holds it."""
    if not _FORM.fullmatch(key):
        return False
    return key[-_CHECKSUM_LENGTH:] == _checksum(key[:-_CHECKSUM_LENGTH])


def key_hint(key: str) -> str:
    """Return what may be shown of a key: the prefix, four characters, and the last four."""
    return f"{key[:12]}...{key[-4:]}"


def _checksum(text: str) -> str:
    value = crc32(text.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
