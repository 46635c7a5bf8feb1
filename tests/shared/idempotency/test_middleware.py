"""Requests with a key count once, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, SecretStr
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.errors import ConflictError
from shared.http.app import create_service_app
from shared.http.dependencies import CurrentWorkspace, Deps, Work
from shared.http.pages import CursorSigner
from shared.http.transports import connect
from shared.identity import IDENTITY_HEADER, IdentitySigner, Kind, Principal
from shared.settings import PlatformSettings
from shared.unit_of_work import UnitsOfWork
from trading_service.models import TABLES

MASTER_KEY = SecretStr("5a" * 32)
WORKSPACE, OTHER = UUID(int=1), UUID(int=2)


class Order(BaseModel):
    name: str = "x"


@dataclass(slots=True)
class ShopDeps:
    """What the shop's endpoints are given; `gate` holds slow orders back."""

    units_of_work: UnitsOfWork
    settings: PlatformSettings
    identities: IdentitySigner = field(default_factory=lambda: IdentitySigner(MASTER_KEY))
    cursors: CursorSigner = field(default_factory=lambda: CursorSigner(MASTER_KEY))
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)


router = APIRouter()


async def _deps(deps: Deps) -> Any:
    return deps


Shop = Annotated[ShopDeps, Depends(_deps)]


@router.post("/orders", status_code=201)
async def create_order(
    body: Order, workspace_id: CurrentWorkspace, work: Work, response: Response
) -> dict[str, str]:
    """Queue a job, as creating endpoints do."""
    job_id = await work.enqueue("shop.pack_order", workspace_id)
    if body.name == "refused":
        raise ConflictError
    response.headers["Location"] = f"/orders/{job_id}"
    return {"id": str(job_id)}


@router.post("/slow-orders", status_code=201)
async def create_slow_order(
    body: Order, workspace_id: CurrentWorkspace, deps: Shop
) -> dict[str, str]:
    """Look something up first, then wait for somebody else, then write."""
    async with deps.units_of_work(workspace_id) as work:
        await work.session.execute(text("SELECT 1"))
    deps.entered.set()
    await deps.gate.wait()
    async with deps.units_of_work(workspace_id) as work:
        job_id = await work.enqueue("shop.pack_order", workspace_id)
    if body.name == "dies":
        raise RuntimeError("after the work, before the answer")
    return {"id": str(job_id)}


@router.post("/lingering-orders", status_code=201)
async def create_lingering_order(
    body: Order, workspace_id: CurrentWorkspace, deps: Shop
) -> dict[str, str]:
    """Do the work, and take long over the answer."""
    async with deps.units_of_work(workspace_id) as work:
        job_id = await work.enqueue("shop.pack_order", workspace_id)
    deps.entered.set()
    await deps.gate.wait()
    return {"id": str(job_id)}


@pytest.fixture
def deps(units_of_work: UnitsOfWork, settings: PlatformSettings) -> ShopDeps:
    """Return what the shop has opened."""
    return ShopDeps(units_of_work, settings)


@pytest.fixture
async def http(deps: ShopDeps) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a client of the running shop."""

    @asynccontextmanager
    async def open_deps() -> AsyncIterator[ShopDeps]:
        yield deps

    app = create_service_app("Shop", [router], open_deps)
    async with app.router.lifespan_context(app), connect(None, app) as http:
        yield http


async def post(
    http: httpx2.AsyncClient,
    path: str = "/orders",
    *,
    key: str | None = "k",
    name: str = "x",
    workspace_id: UUID = WORKSPACE,
    user_id: UUID = WORKSPACE,
    kind: Kind = "session",
) -> httpx2.Response:
    principal = Principal(kind, user_id=user_id, workspace_id=workspace_id)
    headers = {IDENTITY_HEADER: IdentitySigner(MASTER_KEY).sign(principal)}
    if key is not None:
        headers["Idempotency-Key"] = key
    return await http.post(path, json={"name": name}, headers=headers)


async def count_jobs(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return (await connection.scalars(select(func.count()).select_from(TABLES.jobs))).one()


async def test_the_same_request_is_answered_the_same_and_done_once(
    http: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    first = await post(http)
    second = await post(http)

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert await count_jobs(engine) == 1


async def test_a_repetition_outlives_a_change_of_the_master_key(
    http: httpx2.AsyncClient, deps: ShopDeps, engine: AsyncEngine
) -> None:
    first = await post(http)
    keys = {"master_key": SecretStr("6b" * 32), "previous_master_keys": [MASTER_KEY]}
    deps.settings = deps.settings.model_copy(update=keys)

    second = await post(http)
    other = await post(http, name="other")

    assert second.content == first.content
    assert second.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert await count_jobs(engine) == 1


async def test_another_member_is_not_shown_the_answer(
    http: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    await post(http)

    for answer in (await post(http, user_id=OTHER), await post(http, kind="api_key")):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert await count_jobs(engine) == 1


async def test_without_a_key_every_request_counts(
    http: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    await post(http, key=None)
    await post(http, key=None)

    assert await count_jobs(engine) == 2


async def test_a_key_belongs_to_its_workspace(
    http: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    first = await post(http)
    second = await post(http, workspace_id=OTHER)

    assert first.content != second.content
    assert await count_jobs(engine) == 2


@pytest.mark.parametrize(("path", "name"), [("/orders", "y"), ("/slow-orders", "x")])
async def test_another_request_cannot_use_the_key(
    http: httpx2.AsyncClient, path: str, name: str
) -> None:
    await post(http)

    answer = await post(http, path, name=name)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-key-reused"


@pytest.mark.parametrize("key", ["", "k" * 256, "a\x01b"])
async def test_a_key_has_a_form(http: httpx2.AsyncClient, key: str) -> None:
    assert (await post(http, key=key)).status_code == 422


async def test_a_refusal_is_not_kept_since_nothing_was_done(
    http: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    refused = await post(http, name="refused")
    again = await post(http, name="x")

    assert (refused.status_code, again.status_code) == (409, 201)
    assert await count_jobs(engine) == 1


@pytest.mark.parametrize("path", ["/slow-orders", "/lingering-orders"])
async def test_a_request_that_still_runs_is_not_run_beside(
    http: httpx2.AsyncClient, deps: ShopDeps, engine: AsyncEngine, path: str
) -> None:
    running = asyncio.create_task(post(http, path))
    await deps.entered.wait()

    beside = await post(http, path)
    deps.gate.set()
    first = await running
    after = await post(http, path)

    assert (beside.status_code, beside.json()["code"]) == (409, "idempotency-still-running")
    assert first.content == after.content
    assert await count_jobs(engine) == 1


async def test_whoever_lost_the_claim_cannot_commit(
    http: httpx2.AsyncClient, deps: ShopDeps, engine: AsyncEngine
) -> None:
    late = asyncio.create_task(post(http, "/slow-orders"))
    await deps.entered.wait()
    async with engine.begin() as connection:  # as if half a minute had passed
        expired = func.now() - text("interval '1 second'")
        await connection.execute(update(TABLES.answers).values(lease_until=expired))
    deps.entered.clear()
    taker = asyncio.create_task(post(http, "/slow-orders"))
    await deps.entered.wait()
    deps.gate.set()

    answers = await asyncio.gather(late, taker)

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await count_jobs(engine) == 1


async def test_work_without_an_answer_is_not_done_again(
    http: httpx2.AsyncClient, deps: ShopDeps, engine: AsyncEngine
) -> None:
    deps.gate.set()

    died = await post(http, "/slow-orders", name="dies")
    again = await post(http, "/slow-orders", name="dies")

    assert died.status_code == 500
    assert (again.status_code, again.json()["code"]) == (409, "idempotency-answer-lost")
    assert await count_jobs(engine) == 1


async def test_fifty_at_once_count_once(http: httpx2.AsyncClient, engine: AsyncEngine) -> None:
    answers = await asyncio.gather(*(post(http) for _ in range(50)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await count_jobs(engine) == 1


async def test_after_a_day_a_key_is_new(http: httpx2.AsyncClient, engine: AsyncEngine) -> None:
    await post(http)
    async with engine.begin() as connection:
        yesterday = func.now() - text("interval '25 hours'")
        await connection.execute(update(TABLES.answers).values(created_at=yesterday))

    answer = await post(http, name="y")

    assert answer.status_code == 201
    assert await count_jobs(engine) == 2


async def test_neither_answers_nor_bodies_can_be_read_or_guessed_from_what_is_kept(
    http: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    answer = await post(http, name="hunter2")

    async with engine.connect() as connection:
        kept = (await connection.execute(select(TABLES.answers))).one()
    assert answer.content not in kept.body
    plain = [f"session {WORKSPACE}".encode(), b"/orders", b"", b"application/json"]
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in plain)
    assert kept.fingerprint != sha256(framed + answer.request.content).digest()
