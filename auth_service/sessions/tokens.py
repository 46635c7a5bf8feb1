"""Make access tokens and refresh tokens."""

import base64
import os
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from joserfc import jwt

from auth_service.contract.roles import scopes_of_role
from auth_service.contract.tokens import (
    ALGORITHM,
    AUDIENCE,
    HEADER_TYPE,
    ISSUER,
    LIFETIME_S,
    REGISTRY,
)
from auth_service.hashing import KeyedHashes
from auth_service.models import SessionRow, UserRow
from auth_service.signing_keys.service import SigningKey
from shared.ids import public_id

_PREFIX = "rt_"
_RANDOM_BYTES = 32
_SALT_BYTES = 16


def issue_access_token(
    key: SigningKey,
    user: UserRow,
    session: SessionRow,
    plan: str,
    workspace_role: str,
    token_id: UUID,
    issued_at: datetime,
) -> str:
    """Sign an access token; the same arguments give the same token, byte for byte."""
    issued = round(issued_at.timestamp(), 3)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": public_id("usr", user.id),
        "sid": public_id("ses", session.id),
        "ws": public_id("ws", session.workspace_id),
        "plan": plan,
        "role": user.role,
        "scope": " ".join(sorted(scopes_of_role(workspace_role))),
        "auth_time": int(session.signed_in_at.timestamp()),
        "iat": issued,
        "exp": int(issued) + LIFETIME_S,
        "jti": token_id.hex,
    }
    header = {"alg": ALGORITHM, "typ": HEADER_TYPE, "kid": key.kid}
    return jwt.encode(header, claims, key.private, registry=REGISTRY)


def new_refresh_token() -> str:
    """Return a fresh opaque token with 256 random bits."""
    return _spell(os.urandom(_RANDOM_BYTES))


def new_salt() -> bytes:
    """Return what makes a token's successor unpredictable even to whoever has the key."""
    return os.urandom(_SALT_BYTES)


def successor_of(token: str, salt: bytes, hashes: KeyedHashes) -> str:
    """Return the token that follows ``token``: computed, so that it need not be stored."""
    return _spell(hashes.digest("refresh-successor", token.encode(), salt))


def hash_refresh_token(token: str) -> bytes:
    """Return what is stored of a token; a plain hash will do for 256 random bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _spell(value: bytes) -> str:
    return _PREFIX + base64.urlsafe_b64encode(value).decode().rstrip("=")
