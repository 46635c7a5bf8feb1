"""Who calls: an access token, an API key, or nobody."""

from collections.abc import Mapping
from dataclasses import replace

from auth_service.client import Authenticator
from shared.errors import BadRequestError, NotAuthenticatedError
from shared.identity import ANONYMOUS, IdentitySigner, Principal
from shared.recent import RecentAnswers

# Short, since a session that was ended must not be believed for longer than a second in all.
BELIEVED_S = 0.25
_SIGNED_S = 20.0
_CALLERS = 10_000
_LONGEST_CREDENTIAL = 8192


class Callers:
    """Reads credentials, and remembers for a moment what they stood for."""

    def __init__(self, authenticator: Authenticator, identities: IdentitySigner) -> None:
        self._authenticator = authenticator
        self._identities = identities
        self._believed: RecentAnswers[tuple[str, str | None], Principal] = RecentAnswers(_CALLERS)
        self._signed: RecentAnswers[Principal, bytes] = RecentAnswers(_CALLERS)

    async def identify(self, headers: Mapping[bytes, bytes], address: str | None) -> Principal:
        """Return who sends these headers; anonymous when they hold no credential.

        Raises NotAuthenticatedError for a credential that is not good, BadRequestError for two.
        """
        credential = _read_credential(headers)
        if credential is None:
            return replace(ANONYMOUS, address=address)
        return await self.verify(credential, address)

    async def verify(self, credential: str, address: str | None) -> Principal:
        """Return whom a token or key stands for. Raises NotAuthenticatedError."""
        known = self._believed.get((credential, address))
        if known is None:
            found = await self._authenticator.authenticate(credential, address)
            known = replace(found, address=address)
            self._believed.put((credential, address), known, BELIEVED_S)
        return known

    def sign(self, principal: Principal) -> bytes:
        """Return the identity header for the services."""
        signed = self._signed.get(principal)
        if signed is None:
            signed = self._identities.sign(principal).encode()
            self._signed.put(principal, signed, _SIGNED_S)
        return signed


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
            raise NotAuthenticatedError("use the Bearer scheme")
    credential = given.strip().decode("latin-1")
    if not credential or len(credential) > _LONGEST_CREDENTIAL or not credential.isascii():
        raise NotAuthenticatedError("the credential is malformed")
    return credential
