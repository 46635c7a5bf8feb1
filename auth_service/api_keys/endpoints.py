"""API keys, and the check that the gateway asks for."""

from fastapi import APIRouter, Depends, Response, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from auth_service.api_keys.checking import check_key
from auth_service.api_keys.service import ApiKeyService
from auth_service.contract.api_keys import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyRotation,
    ApiKeyUpdate,
    KeyHolder,
    NewApiKey,
)
from auth_service.deps import Deps
from auth_service.models import ApiKeyRow
from shared.http.access import public
from shared.http.dependencies import (
    CurrentPrincipal,
    CurrentWorkspace,
    Cursors,
    RecentPrincipal,
    Work,
    require_service,
)
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.http.preconditions import IfMatch, entity_tag
from shared.ids import ApiKeyId

router = APIRouter(prefix="/api-keys", tags=["me"])
internal = APIRouter(prefix="/internal/api-keys", dependencies=[Depends(require_service)])


@router.get("", openapi_extra=public("account:read"))
async def list_api_keys(
    workspace_id: CurrentWorkspace,
    work: Work,
    deps: Deps,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[ApiKey]:
    """List the workspace's API keys, newest first."""
    keys = ApiKeyService(work, deps.plans, deps.hashes)
    rows, following = await keys.list(workspace_id, cursors, cursor, limit)
    return as_page(rows, following, lambda row: ApiKey.model_validate(row, from_attributes=True))


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=public("account:write"))
async def create_api_key(
    body: ApiKeyCreate, principal: RecentPrincipal, work: Work, deps: Deps
) -> NewApiKey:
    """Create an API key. `key` is shown in this answer and never again.

    Wants a sign-in, or a step-up, of the last five minutes.
    """
    return await ApiKeyService(work, deps.plans, deps.hashes).create(principal, body)


@router.get("/{key_id}", openapi_extra=public("account:read"))
async def get_api_key(
    key_id: ApiKeyId, workspace_id: CurrentWorkspace, work: Work, deps: Deps, response: Response
) -> ApiKey:
    """Read one API key. Its `ETag` is what a change must name in `If-Match`."""
    keys = ApiKeyService(work, deps.plans, deps.hashes)
    return _present(await keys.get(workspace_id, key_id), response)


@router.patch("/{key_id}", openapi_extra=public("account:write"))
async def update_api_key(
    key_id: ApiKeyId,
    body: ApiKeyUpdate,
    principal: CurrentPrincipal,
    precondition: IfMatch,
    work: Work,
    deps: Deps,
    response: Response,
) -> ApiKey:
    """Rename an API key, narrow its scopes, or say from where it is accepted."""
    keys = ApiKeyService(work, deps.plans, deps.hashes)
    return _present(await keys.update(principal, key_id, body, precondition), response)


@router.post(
    "/{key_id}/rotate",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=public("account:write"),
)
async def rotate_api_key(
    key_id: ApiKeyId,
    body: ApiKeyRotation,
    principal: RecentPrincipal,
    work: Work,
    deps: Deps,
) -> NewApiKey:
    """Replace an API key by a new one; the old one works on for `overlap_s` seconds.

    Wants a sign-in, or a step-up, of the last five minutes.
    """
    return await ApiKeyService(work, deps.plans, deps.hashes).rotate(principal, key_id, body)


@router.delete(
    "/{key_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def revoke_api_key(
    key_id: ApiKeyId, principal: CurrentPrincipal, work: Work, deps: Deps
) -> None:
    """Revoke an API key; it stops working within a second."""
    await ApiKeyService(work, deps.plans, deps.hashes).revoke(principal, key_id)


def _present(row: ApiKeyRow, response: Response) -> ApiKey:
    response.headers["ETag"] = entity_tag(row.revision)
    return ApiKey.model_validate(row, from_attributes=True)


class KeyCheck(BaseModel):
    """A key that somebody presented, and from where."""

    model_config = ConfigDict(extra="forbid")

    key: SecretStr = Field(max_length=200)
    address: str | None


@internal.post("/authenticate")
async def authenticate_api_key(body: KeyCheck, work: Work, deps: Deps) -> KeyHolder:
    """Return whom a key speaks for."""
    return await check_key(work, deps.hashes, body.key.get_secret_value(), body.address)
