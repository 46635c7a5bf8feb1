"""Clients raise what the service raised, keep deadlines, and never wait inside a transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, SecretStr
from structlog.contextvars import bound_contextvars, get_contextvars

from shared.errors import (
    ConflictError,
    DeadlineExceededError,
    FieldProblem,
    InvalidInputError,
    NotAuthenticatedError,
    PlatformError,
    UnavailableError,
)
from shared.http.app import create_service_app
from shared.http.client import ServiceClient
from shared.http.dependencies import CurrentPrincipal
from shared.http.pages import CursorSigner
from shared.http.transports import connect
from shared.identity import IdentitySigner, Principal
from shared.ids import new_id
from shared.unit_of_work import UnitsOfWork

KEY = SecretStr("ab" * 32)
CALLER = Principal(kind="session", user_id=new_id(), workspace_id=new_id(), plan="premium")
router = APIRouter()


class SoldOutError(ConflictError):
    code, title = "test-sold-out", "Nothing left"


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int


@router.get("/me")
async def me(principal: CurrentPrincipal) -> dict[str, Any]:
    return {"plan": principal.plan, "request_id": get_contextvars()["request_id"]}


@router.get("/sold-out")
async def sold_out() -> None:
    raise SoldOutError("no more", errors=[FieldProblem("/size", "too-many", "fewer")], left=0)


@router.get("/broken")
async def broken() -> None:
    raise ZeroDivisionError


@router.get("/slow")
async def slow() -> None:
    await asyncio.Event().wait()


@router.post("/wishes")
async def wish(body: Wish) -> int:
    return body.size


@dataclass
class Deps:
    identities: IdentitySigner
    cursors: CursorSigner


@pytest.fixture
async def app() -> AsyncIterator[FastAPI]:
    @asynccontextmanager
    async def deps() -> AsyncIterator[Deps]:
        yield Deps(IdentitySigner(KEY), CursorSigner(KEY))

    app = create_service_app("Test", [router], deps)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def client(app: FastAPI) -> ServiceClient:
    return ServiceClient(connect(None, app), IdentitySigner(KEY))


async def test_answer_is_decoded_and_identity_and_request_id_travel(client: ServiceClient) -> None:
    with bound_contextvars(request_id="req-1"):
        answer = await client.call("GET", "/me", CALLER)

    assert answer == {"plan": "premium", "request_id": "req-1"}


async def test_error_is_raised_again_as_the_same_class(client: ServiceClient) -> None:
    with pytest.raises(SoldOutError) as caught:
        await client.call("GET", "/sold-out", CALLER)

    assert caught.value.detail == "no more"
    assert caught.value.errors == (FieldProblem("/size", "too-many", "fewer"),)
    assert caught.value.facts == {"left": 0}


async def test_malformed_input_names_the_field(client: ServiceClient) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await client.call("POST", "/wishes", CALLER, body={"size": "many", "colour": "red"})

    assert {problem.pointer for problem in caught.value.errors} == {"/size", "/colour"}


async def test_unexpected_failure_says_nothing_of_its_cause(client: ServiceClient) -> None:
    with pytest.raises(PlatformError) as caught:
        await client.call("GET", "/broken", CALLER)

    assert caught.value.status == 500
    assert "ZeroDivision" not in caught.value.detail


async def test_deadline_is_kept_in_process(client: ServiceClient) -> None:
    with pytest.raises(DeadlineExceededError):
        await client.call("GET", "/slow", CALLER, deadline_s=0.05)


async def test_forged_identity_is_refused(app: FastAPI) -> None:
    forger = ServiceClient(connect(None, app), IdentitySigner(SecretStr("cd" * 32)))

    with pytest.raises(NotAuthenticatedError):
        await forger.call("GET", "/me", CALLER)


async def test_service_that_is_away_is_unavailable() -> None:
    away = ServiceClient(connect("http://127.0.0.1:1"), IdentitySigner(KEY))

    with pytest.raises(UnavailableError):
        await away.call("GET", "/me", CALLER, deadline_s=1)
    await away.close()


async def test_no_calls_inside_a_transaction(
    client: ServiceClient, units_of_work: UnitsOfWork
) -> None:
    async with units_of_work():
        with pytest.raises(RuntimeError, match="outside of a transaction"):
            await client.call("GET", "/me", CALLER)


def test_a_connection_needs_an_app_or_a_url() -> None:
    with pytest.raises(ValueError, match="either"):
        connect(None)
