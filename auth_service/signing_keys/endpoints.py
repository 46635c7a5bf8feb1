"""``GET /.well-known/jwks.json``."""

from typing import Any

from fastapi import APIRouter

from auth_service.contract import examples
from auth_service.deps import Deps
from auth_service.signing_keys.service import SigningKeyService
from shared.http.access import public

router = APIRouter(tags=["auth"])


@router.get(
    "/.well-known/jwks.json",
    openapi_extra=public(None),
    responses={200: {"content": {"application/json": {"example": examples.KEY_SET}}}},
)
async def get_jwks(deps: Deps) -> dict[str, Any]:
    """Return the public keys that access tokens can be checked with (RFC 7517)."""
    # Not in the caller's transaction: whoever is signed in may not read the table of keys.
    async with deps.units_of_work() as work:
        return await SigningKeyService(work, deps.vault).public_set()
