"""Tell whom an API key speaks for."""

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address, ip_network

from auth_service.api_keys.repository import ApiKeyRepository
from auth_service.contract.api_keys import KeyHolder
from auth_service.contract.errors import ApiKeyInvalidError
from auth_service.contract.roles import scopes_of_role
from auth_service.domain.key_format import is_well_formed
from auth_service.hashing import KeyedHashes
from shared.clock import utc_now
from shared.identity import Principal
from shared.unit_of_work import UnitOfWork

_USE_NOTED_EVERY = timedelta(minutes=1)


def hash_key(hashes: KeyedHashes, key: str) -> bytes:
    """Return what is stored of a key."""
    return hashes.digest("api-key", key.encode())


async def check_key(
    work: UnitOfWork, hashes: KeyedHashes, key: str, address: str | None
) -> KeyHolder:
    """Return whom a key speaks for. Raises ApiKeyInvalidError, which does not say why."""
    keys = ApiKeyRepository(work.session)
    found = await keys.find_holder(hash_key(hashes, key)) if is_well_formed(key) else None
    if found is None:
        raise ApiKeyInvalidError
    row, user, workspace, membership = found
    now = utc_now()
    expired = row.expires_at is not None and row.expires_at <= now
    if row.revoked_at or expired or user.suspended_at or not _is_within(address, row.networks):
        raise ApiKeyInvalidError
    if row.last_used_at is None or now - row.last_used_at >= _USE_NOTED_EVERY:
        row.last_used_at, row.last_used_address = now, address
    allowed, scopes = scopes_of_role(membership.role), frozenset(row.scopes)
    principal = Principal(
        kind="api_key",
        user_id=user.id,
        workspace_id=workspace.id,
        plan=workspace.plan,
        role="user",
        scopes=scopes if "*" in allowed else scopes & allowed,
        credential_id=row.id,
        address=address,
    )
    return KeyHolder(principal=principal, expires_at=row.expires_at)


def _is_within(address: str | None, networks: Sequence[str]) -> bool:
    if not networks:
        return True
    if address is None:
        return False
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in ip_network(network) for network in networks)
