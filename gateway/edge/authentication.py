"""Who calls: an access token, an API key, or nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.edge.cache import RecentAnswers
from shared.clock import utc_now
from shared.errors import BadRequestError, NotAuthenticatedError
from shared.identity import ANONYMOUS, IdentitySigner, Principal

KEY_PREFIX = "sk_live_"
_BELIEVED_S = 1.0
_SIGNED_S = 20.0
_CALLERS = 10_000
_LONGEST_CREDENTIAL = 8192
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="naru"'}


@dataclass(frozen=True, slots=True)
class Credential:
    """Whom a token or key stands for, and how long it does at most."""

    principal: Principal
    expires_at: datetime | None


class CredentialVerifier(Protocol):
    """Tells whom a credential stands for. Raises NotAuthenticatedError when for nobody."""

    async def verify_token(self, token: str) -> Credential:
        """Check an access token."""
        ...

    async def verify_key(self, key: str) -> Credential:
        """Check an API key."""
        ...


class Authenticator:
    """Reads credentials, and remembers for a second what they stood for."""

    def __init__(self, verifier: CredentialVerifier, identities: IdentitySigner) -> None:
        self._verifier = verifier
        self._identities = identities
        self._believed: RecentAnswers[str, Credential] = RecentAnswers(_CALLERS)
        self._signed: RecentAnswers[Principal, bytes] = RecentAnswers(_CALLERS)

    async def identify(self, headers: Mapping[bytes, bytes], address: str | None) -> Principal:
        """Return who sends these headers; anonymous when they hold no credential.

        Raises NotAuthenticatedError for a credential that is not good, BadRequestError for two.
        """
        text = _read_credential(headers)
        if text is None:
            return replace(ANONYMOUS, address=address)
        credential = await self.verify(text)
        return replace(credential.principal, address=address)

    async def verify(self, text: str) -> Credential:
        """Return what a token or key stands for. Raises NotAuthenticatedError."""
        credential = self._believed.get(text)
        if credential is None:
            is_key = text.startswith(KEY_PREFIX)
            check = self._verifier.verify_key if is_key else self._verifier.verify_token
            try:
                credential = await check(text)
            except NotAuthenticatedError as error:
                raise NotAuthenticatedError(error.detail, headers=_CHALLENGE) from error
            self._believed.put(text, credential, _BELIEVED_S)
        if credential.expires_at is not None and credential.expires_at <= utc_now():
            raise NotAuthenticatedError("the credential has expired", headers=_CHALLENGE)
        return credential

    def sign(self, principal: Principal) -> bytes:
        """Return the identity header for the services."""
        signed = self._signed.get(principal)
        if signed is None:
            signed = self._identities.sign(principal).encode()
            self._signed.put(principal, signed, _SIGNED_S)
        return signed


def sign_in_required() -> NotAuthenticatedError:
    """Return the error for an operation that nobody may call anonymously."""
    return NotAuthenticatedError(headers=_CHALLENGE)


def _read_credential(headers: Mapping[bytes, bytes]) -> str | None:
    key = headers.get(b"x-api-key")
    authorization = headers.get(b"authorization")
    if key is None and authorization is None:
        return None
    if key is not None and authorization is not None:
        raise BadRequestError("send either Authorization or X-API-Key, not both")
    given = key or b""
    if authorization is not None:
        scheme, _, given = authorization.partition(b" ")
        if scheme.lower() != b"bearer":
            raise NotAuthenticatedError("use the Bearer scheme", headers=_CHALLENGE)
    text = given.strip().decode("latin-1")
    if not text or len(text) > _LONGEST_CREDENTIAL or not text.isascii():
        raise NotAuthenticatedError("the credential is malformed", headers=_CHALLENGE)
    return text
