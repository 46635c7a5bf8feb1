"""Who is asking: a short-lived signed statement that the gateway sends along to the services."""

from dataclasses import dataclass, field
from typing import Literal, Self
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import SecretStr

from shared.clock import utc_now
from shared.errors import ForbiddenError, NotAuthenticatedError
from shared.recent import RecentAnswers
from shared.secrets import derive_key

IDENTITY_HEADER = "X-Naru-Identity"
_LIFETIME_S = 60
_REMEMBERED = 10_000
_ALGORITHM = "HS256"
_CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": "naru"}, exp={"essential": True}, sub={"essential": True}
)

Kind = Literal["session", "api_key", "service", "anonymous"]


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf a request runs.

    kind            a signed-in person, an API key, one of our services, or nobody yet
    user_id         None for services and for the anonymous
    workspace_id    the tenant; None for the anonymous and for a service's own housekeeping
    scopes          what an API key may do; people and services may do everything (``*``)
    credential_id   the session's or the key's id
    address         the client's IP address as the gateway saw it
    signed_in_at    when the person last proved who they are (epoch seconds); None for all others
    """

    kind: Kind
    user_id: UUID | None = None
    workspace_id: UUID | None = None
    plan: str = "free"
    role: str = "user"
    scopes: frozenset[str] = field(default_factory=frozenset)
    credential_id: UUID | None = None
    address: str | None = None
    signed_in_at: int | None = None

    @classmethod
    def service(cls, name: str, workspace_id: UUID | None = None) -> Self:
        """Return the identity of one of our own services, acting for a workspace or for none."""
        return cls(kind="service", workspace_id=workspace_id, role=name, scopes=frozenset({"*"}))

    def allows(self, scope: str) -> bool:
        """Tell whether the credential covers ``scope``; ``x:write`` does not imply ``x:read``."""
        return "*" in self.scopes or scope in self.scopes

    def require_workspace(self) -> UUID:
        """Return the workspace. Raises ForbiddenError for a caller who has none."""
        if self.workspace_id is None:
            raise ForbiddenError("this needs a workspace")
        return self.workspace_id


ANONYMOUS = Principal(kind="anonymous")


class IdentitySigner:
    """Writes and reads the identity header with a key that only our services have."""

    def __init__(self, master_key: SecretStr) -> None:
        self._key = OctKey.import_key(derive_key(master_key, "internal-identity"))
        self._verified: RecentAnswers[str, tuple[Principal, int]] = RecentAnswers(_REMEMBERED)

    def sign(self, principal: Principal) -> str:
        """Return the header's value, good for a minute."""
        claims = {
            "iss": "naru",
            "sub": principal.kind,
            "exp": int(utc_now().timestamp()) + _LIFETIME_S,
            "usr": principal.user_id.hex if principal.user_id else None,
            "ws": principal.workspace_id.hex if principal.workspace_id else None,
            "plan": principal.plan,
            "role": principal.role,
            "scp": sorted(principal.scopes),
            "cid": principal.credential_id.hex if principal.credential_id else None,
            "adr": principal.address,
            "sia": principal.signed_in_at,
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key)

    def verify(self, header: str) -> Principal:
        """Read the header. Raises NotAuthenticatedError when it is forged, stale or malformed.

        A caller's header comes again with each of their requests: it is decoded once, and its end
        looked at every time.
        """
        known = self._verified.get(header)
        if known is None:
            known = self._decode(header)
            self._verified.put(header, known, _LIFETIME_S)
        principal, expires_at = known
        if expires_at < utc_now().timestamp():
            raise NotAuthenticatedError("the internal identity has expired")
        return principal

    def _decode(self, header: str) -> tuple[Principal, int]:
        """Return whom a header speaks for, and until when in epoch seconds."""
        try:
            token = jwt.decode(header, self._key, algorithms=[_ALGORITHM])
            _CLAIMS.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise NotAuthenticatedError("the internal identity is not valid") from error
        claims = token.claims
        principal = Principal(
            kind=claims["sub"],
            user_id=_uuid(claims["usr"]),
            workspace_id=_uuid(claims["ws"]),
            plan=claims["plan"],
            role=claims["role"],
            scopes=frozenset(claims["scp"]),
            credential_id=_uuid(claims["cid"]),
            address=claims["adr"],
            signed_in_at=claims["sia"],
        )
        return principal, claims["exp"]


def _uuid(text: str | None) -> UUID | None:
    return UUID(hex=text) if text else None
