"""The front door of the auth service, for the gateway and the services above it."""

import asyncio
import time
from hashlib import sha256
from typing import Any
from uuid import UUID

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from auth_service.contract.accounts import Me, UserContact
from auth_service.contract.api_keys import KeyHolder
from auth_service.contract.audit import AuditRecord
from auth_service.contract.deletions import ErasureReport
from auth_service.contract.exports import ExportPart
from auth_service.contract.mails import MailLink
from auth_service.contract.plans import Plan
from auth_service.contract.revocations import RevocationBatch, Revocations
from auth_service.contract.subscriptions import ReservationCreate
from auth_service.contract.tokens import (
    TokenKeys,
    UnknownKeyError,
    looks_like_token,
    verify_access_token,
)
from shared.clock import utc_now
from shared.errors import PlatformError, UnavailableError
from shared.http.client import ServiceClient
from shared.identity import Principal
from shared.ids import public_id
from shared.logging import get_logger
from shared.together import run_together
from shared.wakeups import events_channel, listening

log = get_logger(__name__)

_CALLER = Principal.service("gateway")
_PAGE = 1000

FOLLOW_INTERVAL_S = 0.5
STALE_AFTER_S = 60.0
_PATIENCE_S = 1.0
_KEYS_REREAD_S = 2.0
_API_KEY_KEPT_S = 60.0
_API_KEYS_KEPT = 10_000


class AuthClient(ServiceClient):
    """Typed calls to the auth service."""

    async def jwks(self) -> dict[str, Any]:
        """Return the public keys of access tokens; see ``contract.tokens.TokenKeys``."""
        answer: dict[str, Any] = await self.call("GET", "/.well-known/jwks.json", _CALLER)
        return answer

    async def check_key(self, key: str, address: str | None) -> KeyHolder:
        """Return whom an API key speaks for, and until when. Raises ApiKeyInvalidError."""
        body = {"key": key, "address": address}
        path = "/internal/api-keys/authenticate"
        answer = await self.call("POST", path, _CALLER, body=body, idempotent=True)
        return KeyHolder.model_validate(answer)

    async def revocations(self, after: int) -> RevocationBatch:
        """Return the changes behind a position of the feed, oldest first."""
        params = {"after": after, "limit": _PAGE}
        answer = await self.call(
            "GET", "/internal/revocations", _CALLER, params=params, deadline_s=2.0
        )
        return RevocationBatch.model_validate(answer)

    async def list_plans(self) -> list[Plan]:
        """Return the plans of the installation."""
        answer = await self.call("GET", "/plans", _CALLER)
        return [Plan.model_validate(item) for item in answer["items"]]

    async def me(self, principal: Principal) -> Me:
        """Return the account that a principal acts for."""
        return Me.model_validate(await self.call("GET", "/me", principal))

    async def get_user(self, user_id: UUID) -> UserContact:
        """Return a user's address and locale. Raises UserNotFoundError."""
        path = f"/internal/users/{public_id('usr', user_id)}"
        return UserContact.model_validate(await self.call("GET", path, _CALLER))

    async def mail_link(self, link_id: UUID) -> MailLink:
        """Return the link of a requested mail. Raises LinkInvalidError when it is used or late."""
        path = f"/internal/mail-links/{link_id}"
        return MailLink.model_validate(await self.call("GET", path, _CALLER))

    async def record_audit(self, record: AuditRecord) -> None:
        """Put something on record in a workspace's audit log; the same id twice is once."""
        body = record.model_dump(mode="json")
        await self.call("POST", "/internal/audit-log", _CALLER, body=body, idempotent=True)

    async def allowances(self, workspace_id: UUID) -> Plan:
        """Return what a workspace may use: its plan, and what was agreed beyond it."""
        path = f"/internal/workspaces/{public_id('ws', workspace_id)}/allowances"
        return Plan.model_validate(await self.call("GET", path, _CALLER))

    async def reserve(self, request: ReservationCreate) -> None:
        """Set a share of a workspace's allowance aside, once per id. Raises QuotaExceededError."""
        body = request.model_dump(mode="json")
        path = "/internal/usage/reservations"
        await self.call("POST", path, _CALLER, body=body, idempotent=True)

    async def settle(self, reservation_id: UUID, amount: int) -> None:
        """Count what the work came to, once; 0 gives all back. Raises ReservationNotFoundError."""
        path = f"/internal/usage/reservations/{reservation_id}/settle"
        await self.call("POST", path, _CALLER, body={"amount": amount}, idempotent=True)

    async def report_erasure(self, workspace_id: UUID, report: ErasureReport) -> None:
        """Tell what a service has erased of a deleted workspace; telling twice is once."""
        path = f"/internal/deletions/{public_id('ws', workspace_id)}"
        body = report.model_dump(mode="json")
        await self.call("POST", path, _CALLER, body=body, idempotent=True)

    async def report_export_part(self, export_id: UUID, part: ExportPart) -> None:
        """Tell that a service's share of an export is in the object store; twice is once."""
        body = part.model_dump(mode="json")
        await self.call(
            "POST", f"/internal/exports/{export_id}", _CALLER, body=body, idempotent=True
        )

    async def ensure_first_user(self, email: str) -> str | None:
        """Make the administrator of an empty installation; return the password, or None."""
        answer = await self.call("POST", "/internal/first-user", _CALLER, body={"email": email})
        password: str | None = answer["password"]
        return password


class Authenticator:
    """Turns a credential into a principal: tokens here in the process, keys by asking, once.

    Keep :meth:`run_forever` running beside it: it follows the feed of revocations, woken through
    Redis and looking by itself twice a second, so that a change counts within a second even when
    Redis is away. While nobody asks, it does not look; whoever asks then waits until it has. When
    the feed could not be read for a minute, nobody is let in.

    rests   nobody has asked for a while
    """

    def __init__(self, client: AuthClient, redis: ArqRedis) -> None:
        self._client = client
        self._redis = redis
        self._keys = TokenKeys({"keys": []})
        self._keys_read_at = -_KEYS_REREAD_S
        self._changes = Revocations()
        self._followed_at: float | None = None
        self._needed = asyncio.Event()
        self.rests = False
        self._ending_rest = asyncio.Lock()
        self._known: dict[bytes, tuple[Principal, int, float]] = {}

    async def authenticate(self, credential: str, address: str | None) -> Principal:
        """Return whom an access token or an API key speaks for, as things stand now.

        Raises TokenInvalidError, ApiKeyInvalidError, or UnavailableError when the auth service has
        been away for too long.
        """
        await self._check_freshness()
        if looks_like_token(credential):
            return self._changes.current(await self._verify(credential))
        return self._changes.current(await self._authenticate_key(credential, address))

    @property
    def revision(self) -> int:
        """Position in the feed of changes; who was let in before should be looked at again."""
        return self._changes.seq

    def recheck(self, principal: Principal, revision: int) -> Principal | None:
        """Return somebody who was let in at ``revision`` as things stand now, without waiting.

        None when that takes :meth:`authenticate`, since their API key has changed.
        Raises TokenInvalidError when they are no longer let in.
        """
        key_id = principal.credential_id if principal.kind == "api_key" else None
        if key_id is not None and self._changes.key_changed_after(key_id, revision):
            return None
        return self._changes.current(principal)

    def expect_news(self) -> None:
        """Look for changes for a while, for those who were let in and are still there."""
        self._needed.set()

    async def run_forever(self) -> None:
        """Follow the feed until cancelled."""
        await run_together([self._heed_redis(), self._keep_looking()])

    async def _heed_redis(self) -> None:
        while True:
            try:
                async with listening(self._redis, events_channel("auth")) as listener:
                    while True:
                        await self._catch_up()
                        await listener.wait()
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(FOLLOW_INTERVAL_S)

    async def _keep_looking(self) -> None:
        """Read the feed twice a second while anybody asks: what Redis tells can get lost."""
        while True:
            self._needed.clear()
            await asyncio.sleep(FOLLOW_INTERVAL_S)
            if self._needed.is_set():
                await self._catch_up()
            else:
                self.rests = True
                await self._needed.wait()
                await self._end_rest()

    async def _end_rest(self) -> None:
        """Read what has changed while nobody asked; several who ask at once read it once."""
        async with self._ending_rest:
            if not self.rests:
                return
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self.follow()
            except (PlatformError, TimeoutError) as error:
                log.warning("revocations.not_read", reason=repr(error))
            self.rests = False

    async def _catch_up(self) -> None:
        try:
            await self.follow()
        except PlatformError as error:
            log.warning("revocations.not_read", reason=repr(error))
            await asyncio.sleep(FOLLOW_INTERVAL_S)

    async def follow(self) -> None:
        """Read what is new in the feed. Raises PlatformError when it cannot be read."""
        asked_at = time.monotonic()
        while True:
            batch = await self._client.revocations(self._changes.seq)
            for change in batch.items:
                self._changes.add(change)
            if not batch.has_more:
                break
        self._changes.forget(utc_now())
        self._followed_at = asked_at

    async def _check_freshness(self) -> None:
        self.expect_news()
        if self.rests:
            await self._end_rest()
        if self._followed_at is None:
            await self.follow()
        elif time.monotonic() - self._followed_at > STALE_AFTER_S:
            raise UnavailableError("sign-ins cannot be checked just now")

    async def _verify(self, token: str) -> Principal:
        try:
            return verify_access_token(token, self._keys)
        except UnknownKeyError:
            if time.monotonic() - self._keys_read_at < _KEYS_REREAD_S:
                raise
        self._keys_read_at = time.monotonic()
        self._keys = TokenKeys(await self._client.jwks())
        return verify_access_token(token, self._keys)

    async def _authenticate_key(self, key: str, address: str | None) -> Principal:
        digest = sha256(f"{address} {key}".encode("utf-8", "surrogatepass")).digest()
        now = time.monotonic()
        known = self._known.get(digest)
        if known is not None:
            principal, seq, until = known
            stale = principal.credential_id is not None and self._changes.key_changed_after(
                principal.credential_id, seq
            )
            if now < until and not stale:
                return principal
        seq = self._changes.seq
        holder = await self._client.check_key(key, address)
        kept_s = _API_KEY_KEPT_S
        if holder.expires_at is not None:
            kept_s = min(kept_s, (holder.expires_at - utc_now()).total_seconds())
        if len(self._known) >= _API_KEYS_KEPT:
            self._known.clear()
        self._known[digest] = (holder.principal, seq, now + kept_s)
        return holder.principal
