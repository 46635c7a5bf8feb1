"""A small real service, made as every service is made, for the edge to stand before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict, SecretStr

from shared.errors import ConflictError
from shared.http.access import public
from shared.http.app import create_service_app
from shared.http.dependencies import CurrentPrincipal, MaybePrincipal
from shared.http.pages import CursorSigner, ItemPage, Limit
from shared.identity import IdentitySigner

router = APIRouter()


class ThingCreate(BaseModel):
    """What a thing is made of."""

    model_config = ConfigDict(extra="forbid")

    name: str
    size: float | None = None


class Caller(BaseModel):
    """Whom the service believes to be called by."""

    kind: str
    workspace: str | None
    address: str | None
    headers: dict[str, str]


@router.get("/things", openapi_extra=public("strategy:read"))
async def list_things(
    principal: CurrentPrincipal,
    limit: Limit = 50,
    tag: Annotated[list[str] | None, Query()] = None,
) -> ItemPage[int]:
    """List numbers."""
    return ItemPage(items=list(range(limit)), next_cursor=None)


@router.post("/things", openapi_extra=public("strategy:write", cost=5), status_code=201)
async def create_thing(
    body: ThingCreate, principal: CurrentPrincipal, response: Response
) -> ThingCreate:
    """Make a thing."""
    if body.name == "taken":
        raise ConflictError("that name is taken")
    response.headers["Location"] = f"/things/{body.name}"
    response.headers["ETag"] = '"1"'
    return body


@router.get("/things/mine", openapi_extra=public("strategy:read"))
async def get_my_thing(principal: CurrentPrincipal) -> dict[str, str]:
    """Return the one thing that is not looked up by name."""
    return {"name": "mine"}


@router.get("/things/{name}", openapi_extra=public("strategy:read"))
async def get_thing(name: str, principal: CurrentPrincipal, response: Response) -> dict[str, str]:
    """Return a thing."""
    response.headers["ETag"] = '"1"'
    return {"name": name}


@router.get("/auth/caller", openapi_extra=public(None))
async def get_auth_caller(
    request: Request, principal: MaybePrincipal, response: Response
) -> Caller:
    """Tell what arrives at an operation that knows cookies."""
    response.set_cookie("naru_device", "new")
    return await get_caller(request, principal, response)


@router.get("/caller", openapi_extra=public(None))
async def get_caller(request: Request, principal: MaybePrincipal, response: Response) -> Caller:
    """Tell what arrives at a service."""
    response.set_cookie("stray", "1")
    workspace = principal.workspace_id
    return Caller(
        kind=principal.kind,
        workspace=workspace.hex if workspace else None,
        address=principal.address,
        headers=dict(request.headers),
    )


@router.post(
    "/uploads",
    openapi_extra=public("data:write", body_limit=1000)
    | {"requestBody": {"content": {"application/octet-stream": {}}, "required": True}},
)
async def upload(request: Request, principal: CurrentPrincipal) -> dict[str, int]:
    """Count bytes."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"size": size}


@router.get("/slow", openapi_extra=public(None))
async def take_time() -> dict[str, str]:
    """Answer after a while."""
    await asyncio.sleep(0.5)
    return {"state": "done"}


@router.post("/runs", openapi_extra=public("backtest:run"), status_code=202)
async def create_run(principal: CurrentPrincipal) -> dict[str, str]:
    """Begin something that costs."""
    return {"state": "queued"}


@router.post("/runs/{name}/cancel", openapi_extra=public("backtest:run"))
async def cancel_run(name: str, principal: CurrentPrincipal) -> dict[str, str]:
    """End it."""
    return {"name": name}


@router.get("/broken", openapi_extra=public(None))
async def break_down() -> None:
    """Fail in a way that nobody expected."""
    raise RuntimeError("a secret detail")


@router.get("/internal/things")
async def list_internal_things() -> list[int]:
    """Not for the public: without a mark."""
    return [1]


@dataclass(frozen=True, slots=True)
class EchoDeps:
    """What the shared dependencies want."""

    identities: IdentitySigner
    cursors: CursorSigner
    units_of_work: Any = None


def create_echo_app(master_key: SecretStr) -> FastAPI:
    """Return the app."""

    @asynccontextmanager
    async def open_deps() -> AsyncIterator[EchoDeps]:
        yield EchoDeps(IdentitySigner(master_key), CursorSigner(master_key))

    return create_service_app("Echo", [router], open_deps)
