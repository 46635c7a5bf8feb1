"""Access tokens: signed by the auth service, checked by whoever holds its public keys.

A token is a JWT (RFC 9068 profile): header ``alg`` EdDSA, ``typ`` at+jwt and ``kid``; claims
``iss``, ``aud``, ``sub`` (user), ``sid`` (session), ``ws`` (workspace), ``plan``, ``role``,
``scope``, ``auth_time``, ``iat``, ``exp``, ``jti``. It lives for 30 minutes.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import OKPKey
from joserfc.registry import Header

from auth_service.contract.errors import TokenInvalidError
from shared.identity import Principal
from shared.ids import parse_public_id

ISSUER = "naru"
AUDIENCE = "naru-api"
HEADER_TYPE = "at+jwt"
ALGORITHM = "EdDSA"
LIFETIME_S = 30 * 60
_CLOCK_SKEW_S = 5
_LONGEST = 4096

_CLAIMS = jwt.JWTClaimsRegistry(
    leeway=_CLOCK_SKEW_S,
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    exp={"essential": True},
    iat={"essential": True},
    sub={"essential": True},
    sid={"essential": True},
    ws={"essential": True},
)


class Ed25519Registry(jws.JWSRegistry):
    """Knows one algorithm: EdDSA, with keys that are always Ed25519 here.

    joserfc warns on every use of the name, which RFC 9864 deprecates because it does not name the
    curve; other JWT libraries do not know the newer name yet.
    """

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return EdDSA. Raises UnsupportedAlgorithmError for every other name."""
        if name != ALGORITHM:
            raise UnsupportedAlgorithmError(f"{name!r} is not accepted")
        return self.algorithms[ALGORITHM]


REGISTRY = Ed25519Registry()


class UnknownKeyError(TokenInvalidError):
    """The token names a key that is not at hand: it may be newer than the key set."""


class TokenKeys:
    """The public keys that tokens are checked with, by ``kid``."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._keys = {
            key["kid"]: OKPKey.import_key(key)
            for key in jwks["keys"]
            if key.get("kty") == "OKP" and key.get("crv") == "Ed25519"
        }

    def find(self, header: Header) -> OKPKey:
        """Return the key that a token's header names. Raises UnknownKeyError."""
        key = self._keys.get(str(header.get("kid")))
        if key is None:
            raise UnknownKeyError
        return key


def looks_like_token(credential: str) -> bool:
    """Tell a JWT from an API key by its two dots."""
    return credential.count(".") == 2


def verify_access_token(token: str, keys: TokenKeys) -> Principal:
    """Return whom a token speaks for; pure computation, some 0.2 ms.

    Knows nothing of sessions that have ended since: see ``contract.revocations``.
    Raises TokenInvalidError for anything that is not a token of ours, alive and unchanged.
    """
    if len(token) > _LONGEST or not token.isascii():
        raise TokenInvalidError
    try:
        decoded = jwt.decode(
            token, lambda unverified: keys.find(unverified.headers()), registry=REGISTRY
        )
        if decoded.header.get("typ") != HEADER_TYPE:
            raise TokenInvalidError
        _CLAIMS.validate(decoded.claims)
        return _principal(decoded.claims)
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise TokenInvalidError from error


def read_expiry(token: str) -> int:
    """Return when a token that was verified before expires, in epoch seconds."""
    signed = jws.extract_compact(token.encode(), registry=REGISTRY)
    return int(orjson.loads(signed.payload)["exp"])


def _principal(claims: Mapping[str, Any]) -> Principal:
    user_id = parse_public_id("usr", str(claims["sub"]))
    session_id = parse_public_id("ses", str(claims["sid"]))
    workspace_id = parse_public_id("ws", str(claims["ws"]))
    if user_id is None or session_id is None or workspace_id is None:
        raise TokenInvalidError
    return Principal(
        kind="session",
        user_id=user_id,
        workspace_id=workspace_id,
        plan=str(claims["plan"]),
        role=str(claims["role"]),
        scopes=frozenset(str(claims["scope"]).split()),
        credential_id=session_id,
        signed_in_at=int(claims["auth_time"]),
    )
