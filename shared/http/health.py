"""Whether a service can do its work: asked by the gateway, and by whatever starts processes."""

import asyncio
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.errors import PlatformError
from shared.http.dependencies import require_service
from shared.object_store.port import ObjectStore

_DEADLINE_S = 1.5

State = Literal["ok", "failing"]


class Health(BaseModel):
    """What a service depends on, and whether that works just now.

    parts   ``database``, ``objects``: whichever the service has
    facts   what else is worth knowing, such as the time-series tier or the sandbox's layers
    """

    parts: dict[str, State]
    facts: dict[str, str]


@runtime_checkable
class TellsFacts(Protocol):
    """A service's ``deps`` that know more than whether things work."""

    async def health_facts(self) -> dict[str, str]:
        """Return short facts for people who operate the platform."""
        ...


router = APIRouter()


@router.get("/health/live", include_in_schema=False)
async def tell_live() -> dict[str, str]:
    """Answer as long as the process does."""
    return {"status": "ok"}


def _service_deps(request: Request) -> Any:
    return request.app.state.deps


@router.get("/internal/health", dependencies=[Depends(require_service)], include_in_schema=False)
async def read_health(deps: Annotated[Any, Depends(_service_deps)]) -> Health:
    """Try everything that the service depends on."""
    checks = {}
    if isinstance(getattr(deps, "engine", None), AsyncEngine):
        checks["database"] = _try_database(deps.engine)
    if getattr(deps, "objects", None) is not None:
        checks["objects"] = _try_objects(deps.objects)
    states = await asyncio.gather(*checks.values())
    facts = await deps.health_facts() if isinstance(deps, TellsFacts) else {}
    return Health(parts=dict(zip(checks, states, strict=True)), facts=facts)


async def _try_database(engine: AsyncEngine) -> State:
    try:
        async with asyncio.timeout(_DEADLINE_S), engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return "failing"
    return "ok"


async def _try_objects(objects: ObjectStore) -> State:
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await objects.check()
    except (PlatformError, OSError, TimeoutError):
        return "failing"
    return "ok"
