"""Time-based one-time codes (RFC 6238) and recovery codes: pure computation."""

import base64
import secrets
from collections.abc import Callable
from hmac import compare_digest
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_S = 30
SECRET_BYTES = 20
_DIGITS = 6
_TOLERATED_STEPS = (0, -1, 1)
_RECOVERY_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_RECOVERY_GROUPS, _RECOVERY_GROUP = 4, 6
RECOVERY_COUNT = 10
_ISSUER = "Naru"


def find_step(secret: bytes, code: str, now_s: float, after_step: int) -> int | None:
    """Return the 30-second step whose code this is; None if it is wrong, old or used already.

    One step either way is tolerated for clocks that disagree. A step at or before ``after_step``
    has been used: a code that was watched being typed is worth nothing.
    """
    # SHA-1 because authenticator apps know nothing else; HMAC does not suffer from its weakness.
    totp = TOTP(secret, _DIGITS, SHA1(), STEP_S)  # noqa: S303
    present = int(now_s) // STEP_S
    for offset in _TOLERATED_STEPS:
        step = present + offset
        if step > after_step and compare_digest(totp.generate(step * STEP_S), code.encode()):
            return step
    return None


def spell_secret(secret: bytes) -> str:
    """Return a secret as people type it into an authenticator."""
    return base64.b32encode(secret).decode().rstrip("=")


def enrollment_uri(secret: bytes, account: str) -> str:
    """Return what an authenticator reads from a QR code (the Key Uri Format)."""
    label = quote(f"{_ISSUER}:{account}", safe=":")
    query = urlencode({"secret": spell_secret(secret), "issuer": _ISSUER, "period": STEP_S})
    return f"otpauth://totp/{label}?{query}"


def new_recovery_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a code with 120 random bits, too many for a stolen hash to be searched."""
    groups = (
        "".join(choose(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_GROUP))
        for _ in range(_RECOVERY_GROUPS)
    )
    return "-".join(groups)
