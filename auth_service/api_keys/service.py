"""Make, check and revoke API keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from auth_service.accounts.repository import AccountRepository
from auth_service.api_keys.checking import hash_key
from auth_service.api_keys.repository import ApiKeyRepository
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.api_keys import ApiKeyCreate, ApiKeyRotation, ApiKeyUpdate, NewApiKey
from auth_service.contract.errors import (
    ApiKeyLimitError,
    ApiKeyNotFoundError,
    ApiKeyOverlapError,
    ApiKeyReplacedError,
    SessionRequiredError,
)
from auth_service.contract.events import ApiKeyChanged, ApiKeyCreated, ApiKeyRevoked
from auth_service.contract.roles import ALL_SCOPES
from auth_service.domain.key_format import key_hint, new_api_key
from auth_service.hashing import KeyedHashes
from auth_service.models import ApiKeyRow
from auth_service.plans.book import PlanBook
from auth_service.revocations.service import RevocationService
from auth_service.subscriptions.service import SubscriptionService
from shared.clock import utc_now
from shared.errors import InvalidInputError
from shared.http.pages import CursorSigner, read_page
from shared.http.preconditions import Precondition
from shared.identity import Principal
from shared.ids import new_id, public_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

NEVER_FOR_KEYS = frozenset({"account:write"})
NEVER_FOR_TEST_KEYS = frozenset({"trade:place"})


class ApiKeyService:
    """The decisions on API keys, inside a transaction of the workspace that owns them."""

    def __init__(self, work: UnitOfWork, plans: PlanBook, hashes: KeyedHashes) -> None:
        self._work = work
        self._keys = ApiKeyRepository(work.session)
        self._plans = plans
        self._hashes = hashes
        self._audit = AuditService(work, hashes)

    async def create(self, principal: Principal, request: ApiKeyCreate) -> NewApiKey:
        """Make a key for the caller in the caller's workspace; the secret is returned this once.

        Raises SessionRequiredError for API keys, ApiKeyLimitError, InvalidInputError.
        """
        user_id, workspace_id = _person(principal)
        now = utc_now()
        if request.expires_at is not None and request.expires_at <= now:
            raise InvalidInputError.at("/expires_at", "in-the-past", "must be in the future")
        scopes = _allowed_scopes(request.scopes, request.mode, principal)
        await self._reserve_place(workspace_id, now)
        row = ApiKeyRow(
            id=new_id(),
            workspace_id=workspace_id,
            user_id=user_id,
            name=request.name,
            mode=request.mode,
            scopes=scopes,
            networks=[str(network) for network in request.networks],
            created_at=now,
            expires_at=request.expires_at,
        )
        return await self._give_out(row, principal, "api_key.created")

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[ApiKeyRow], str | None]:
        """Return one page of the workspace's keys, newest first."""
        query = self._keys.listing(workspace_id)
        return await read_page(self._work.session, query, cursors, cursor, limit)

    async def get(self, workspace_id: UUID, key_id: UUID) -> ApiKeyRow:
        """Return one of the workspace's keys. Raises ApiKeyNotFoundError."""
        row = await self._keys.find(workspace_id, key_id)
        if row is None:
            raise ApiKeyNotFoundError
        return row

    async def update(
        self, principal: Principal, key_id: UUID, request: ApiKeyUpdate, precondition: Precondition
    ) -> ApiKeyRow:
        """Rename a key or narrow what it may do; counts everywhere within a second.

        Raises ApiKeyNotFoundError, SessionRequiredError, PreconditionFailedError,
        InvalidInputError for wider scopes.
        """
        row = await self._lock_own(principal, key_id)
        precondition.check(row.revision)
        if request.scopes is not None:
            wider = sorted(set(request.scopes) - set(row.scopes))
            if wider:
                raise InvalidInputError.at(
                    "/scopes", "scope-not-allowed", f"the key never had: {', '.join(wider)}"
                )
            row.scopes = sorted(set(request.scopes))
        if request.networks is not None:
            row.networks = [str(network) for network in request.networks]
        row.name = request.name or row.name
        row.revision += 1
        await self._tell(row, principal, "api_key.changed")
        self._work.emit(
            ApiKeyChanged(workspace_id=row.workspace_id, api_key_id=row.id, user_id=row.user_id)
        )
        return row

    async def rotate(
        self, principal: Principal, key_id: UUID, request: ApiKeyRotation
    ) -> NewApiKey:
        """Make a key like the old one, which works on for the overlap.

        Raises ApiKeyNotFoundError, SessionRequiredError; ApiKeyReplacedError the second time,
        ApiKeyOverlapError while the key before the old one works on.
        """
        old = await self._lock_own(principal, key_id)
        if await self._keys.is_replaced(old.id):
            raise ApiKeyReplacedError
        now = utc_now()
        # One place of the plan holds two keys at most, however often they are replaced.
        if await self._keys.replaces_living(old, now):
            raise ApiKeyOverlapError
        ends_at = now + timedelta(seconds=request.overlap_s)
        row = ApiKeyRow(
            id=new_id(),
            workspace_id=old.workspace_id,
            user_id=old.user_id,
            name=old.name,
            mode=old.mode,
            scopes=old.scopes,
            networks=old.networks,
            created_at=now,
            expires_at=old.expires_at,
            replaces=old.id,
        )
        old.expires_at = min(old.expires_at or ends_at, ends_at)
        old.revision += 1
        await RevocationService(self._work).add("api_key", old.id)
        return await self._give_out(row, principal, "api_key.rotated")

    async def revoke(self, principal: Principal, key_id: UUID) -> None:
        """Make a key void, everywhere, within a second.

        Raises ApiKeyNotFoundError, SessionRequiredError for API keys.
        """
        row = await self._lock_own(principal, key_id, or_workspace_owner=True)
        row.revoked_at = utc_now()
        await self._tell(row, principal, "api_key.revoked")
        self._work.emit(
            ApiKeyRevoked(workspace_id=row.workspace_id, api_key_id=row.id, user_id=row.user_id)
        )
        log.info("api_key.revoked", api_key_id=str(row.id))

    async def _give_out(self, row: ApiKeyRow, principal: Principal, action: str) -> NewApiKey:
        key = new_api_key(row.mode)
        row.hint, row.key_hash = key_hint(key), hash_key(self._hashes, key)
        await self._keys.add(row)
        await self._audit.record(
            row.workspace_id, action, Actor.of(principal), public_id("key", row.id), name=row.name
        )
        self._work.emit(
            ApiKeyCreated(workspace_id=row.workspace_id, api_key_id=row.id, user_id=row.user_id)
        )
        log.info(action, api_key_id=str(row.id), user_id=str(row.user_id))
        return NewApiKey.model_validate(_public_fields(row) | {"key": key})

    async def _tell(self, row: ApiKeyRow, principal: Principal, action: str) -> None:
        await RevocationService(self._work).add("api_key", row.id)
        await self._audit.record(
            row.workspace_id, action, Actor.of(principal), public_id("key", row.id), name=row.name
        )

    async def _lock_own(
        self, principal: Principal, key_id: UUID, *, or_workspace_owner: bool = False
    ) -> ApiKeyRow:
        user_id, workspace_id = _person(principal)
        row = await self._keys.lock(workspace_id, key_id)
        if row is None:
            raise ApiKeyNotFoundError
        if row.user_id != user_id:
            accounts = AccountRepository(self._work.session)
            place = await accounts.find_membership(user_id, workspace_id)
            if not or_workspace_owner or place is None or place[1].role != "owner":
                raise ApiKeyNotFoundError
        return row

    async def _reserve_place(self, workspace_id: UUID, now: datetime) -> None:
        await AccountRepository(self._work.session).lock_workspace(workspace_id)
        subscriptions = SubscriptionService(self._work, self._plans, self._hashes)
        plan = await subscriptions.allowances(workspace_id)
        if await self._keys.count(workspace_id, now) >= plan.api_keys:
            raise ApiKeyLimitError(f"the {plan.name} plan allows {plan.api_keys} API keys")


def _person(principal: Principal) -> tuple[UUID, UUID]:
    if principal.kind != "session" or not principal.user_id or not principal.workspace_id:
        raise SessionRequiredError
    return principal.user_id, principal.workspace_id


def _allowed_scopes(given: Sequence[str] | None, mode: str, principal: Principal) -> list[str]:
    never = NEVER_FOR_KEYS | (NEVER_FOR_TEST_KEYS if mode == "test" else frozenset())
    possible = {scope for scope in ALL_SCOPES - never if principal.allows(scope)}
    wanted = possible if given is None else set(given)
    refused = sorted(wanted - possible)
    if refused:
        raise InvalidInputError.at(
            "/scopes", "scope-not-allowed", f"this key cannot have: {', '.join(refused)}"
        )
    return sorted(wanted)


def _public_fields(row: ApiKeyRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in NewApiKey.model_fields if name != "key"}
