"""Make, check and revoke API keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

from auth_service.accounts.repository import AccountRepository
from auth_service.api_keys.repository import ApiKeyRepository
from auth_service.contract.api_keys import ApiKeyCreate, NewApiKey
from auth_service.contract.errors import (
    ApiKeyInvalidError,
    ApiKeyLimitError,
    ApiKeyNotFoundError,
    SessionRequiredError,
)
from auth_service.contract.events import ApiKeyCreated, ApiKeyRevoked
from auth_service.contract.roles import ALL_SCOPES, scopes_of_role
from auth_service.domain.key_format import is_well_formed, key_hint, new_api_key
from auth_service.hashing import KeyedHashes
from auth_service.models import ApiKeyRow
from auth_service.plans.book import PlanBook
from auth_service.revocations.service import RevocationService
from shared.clock import utc_now
from shared.errors import InvalidInputError
from shared.http.pages import CursorSigner, read_page
from shared.identity import Principal
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

NEVER_FOR_KEYS = frozenset({"account:write"})
NEVER_FOR_TEST_KEYS = frozenset({"trade:place"})
_USE_NOTED_EVERY = timedelta(minutes=1)


class ApiKeyService:
    """The decisions on API keys, inside a transaction."""

    def __init__(self, work: UnitOfWork, plans: PlanBook, hashes: KeyedHashes) -> None:
        self._work = work
        self._keys = ApiKeyRepository(work.session)
        self._plans = plans
        self._hashes = hashes

    async def create(self, principal: Principal, request: ApiKeyCreate) -> NewApiKey:
        """Make a key for the caller in the caller's workspace; the secret is returned this once.

        Raises SessionRequiredError for API keys, ApiKeyLimitError, InvalidInputError.
        """
        if principal.kind != "session" or not principal.user_id or not principal.workspace_id:
            raise SessionRequiredError
        now = utc_now()
        if request.expires_at is not None and request.expires_at <= now:
            raise InvalidInputError.at("/expires_at", "in-the-past", "must be in the future")
        scopes = _allowed_scopes(request, principal)
        await self._reserve_place(principal.workspace_id, now)
        key = new_api_key(request.mode)
        row = ApiKeyRow(
            id=new_id(),
            workspace_id=principal.workspace_id,
            user_id=principal.user_id,
            name=request.name,
            mode=request.mode,
            hint=key_hint(key),
            key_hash=self._hash(key),
            scopes=scopes,
            networks=[str(network) for network in request.networks],
            created_at=now,
            expires_at=request.expires_at,
        )
        await self._keys.add(row)
        self._work.emit(
            ApiKeyCreated(workspace_id=row.workspace_id, api_key_id=row.id, user_id=row.user_id)
        )
        log.info("api_key.created", api_key_id=str(row.id), user_id=str(row.user_id))
        return NewApiKey.model_validate(_public_fields(row) | {"key": key})

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[ApiKeyRow], str | None]:
        """Return one page of the workspace's keys, newest first."""
        query = self._keys.listing(workspace_id)
        return await read_page(self._work.session, query, cursors, cursor, limit)

    async def revoke(self, principal: Principal, key_id: UUID) -> None:
        """Make a key void, everywhere, within a second.

        Raises ApiKeyNotFoundError, SessionRequiredError for API keys.
        """
        if principal.kind != "session" or not principal.workspace_id:
            raise SessionRequiredError
        row = await self._keys.lock(principal.workspace_id, key_id)
        if row is None:
            raise ApiKeyNotFoundError
        row.revoked_at = utc_now()
        await RevocationService(self._work).add("api_key", row.id)
        self._work.emit(
            ApiKeyRevoked(workspace_id=row.workspace_id, api_key_id=row.id, user_id=row.user_id)
        )
        log.info("api_key.revoked", api_key_id=str(row.id))

    async def authenticate(self, key: str, address: str | None) -> Principal:
        """Return whom a key speaks for. Raises ApiKeyInvalidError, which does not say why."""
        found = await self._keys.find_holder(self._hash(key)) if is_well_formed(key) else None
        if found is None:
            raise ApiKeyInvalidError
        row, user, workspace, membership = found
        now = utc_now()
        expired = row.expires_at is not None and row.expires_at <= now
        if row.revoked_at or expired or user.suspended_at or not _is_within(address, row.networks):
            raise ApiKeyInvalidError
        if row.last_used_at is None or now - row.last_used_at >= _USE_NOTED_EVERY:
            row.last_used_at, row.last_used_address = now, address
        allowed = scopes_of_role(membership.role)
        scopes = frozenset(row.scopes)
        return Principal(
            kind="api_key",
            user_id=user.id,
            workspace_id=workspace.id,
            plan=workspace.plan,
            role="user",
            scopes=scopes if "*" in allowed else scopes & allowed,
            credential_id=row.id,
            address=address,
        )

    async def _reserve_place(self, workspace_id: UUID, now: datetime) -> None:
        workspace = await AccountRepository(self._work.session).lock_workspace(workspace_id)
        if workspace is None:
            raise ApiKeyNotFoundError
        allowed = self._plans.get(workspace.plan).api_keys
        if await self._keys.count(workspace_id, now) >= allowed:
            raise ApiKeyLimitError(f"the {workspace.plan} plan allows {allowed} API keys")

    def _hash(self, key: str) -> bytes:
        return self._hashes.digest("api-key", key.encode())


def _allowed_scopes(request: ApiKeyCreate, principal: Principal) -> list[str]:
    never = NEVER_FOR_KEYS | (NEVER_FOR_TEST_KEYS if request.mode == "test" else frozenset())
    possible = {scope for scope in ALL_SCOPES - never if principal.allows(scope)}
    wanted = possible if request.scopes is None else set(request.scopes)
    refused = sorted(wanted - possible)
    if refused:
        raise InvalidInputError.at(
            "/scopes", "scope-not-allowed", f"this key cannot have: {', '.join(refused)}"
        )
    return sorted(wanted)


def _is_within(address: str | None, networks: Sequence[str]) -> bool:
    if not networks:
        return True
    if address is None:
        return False
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in ip_network(network) for network in networks)


def _public_fields(row: ApiKeyRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in NewApiKey.model_fields if name != "key"}
