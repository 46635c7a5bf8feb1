"""Every REST operation, tried by people of every standing."""

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from shared.http.app import REQUEST_ID_HEADER
from shared.http.problems import MEDIA_TYPE
from tests.contract.rest_table import REST
from tests.contract.rules import ACTORS, STRANGERS, Actor, Case, names
from tests.contract.world import MARKER, World
from tests.gateway.caller import Caller

_METHODS = {"get", "post", "put", "patch", "delete"}
_PREFIX = "/api/v1"
_REQUEST_ID = "tried-by-everybody"
_PROBLEM_MEMBERS = {
    *("type", "title", "status", "detail", "instance", "code", "request_id", "errors"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the OpenAPI document; ``scope`` is what its credentials must cover."""

    id: str
    method: str
    path: str
    scope: str | None


def read_operations(document: dict[str, Any]) -> dict[str, Operation]:
    """Return the document's operations by their ids."""
    found = {}
    for path, methods in document["paths"].items():
        for method in _METHODS & methods.keys():
            entry = methods[method]
            wanted = [scheme.get("accessToken") for scheme in entry["security"]]
            scope = next((scopes[0] for scopes in wanted if scopes), None)
            operation = Operation(entry["operationId"], method.upper(), path, scope)
            assert operation.id not in found, f"{operation.id} names two operations"
            found[operation.id] = operation
    return found


@pytest.fixture(scope="session")
def operations(document: dict[str, Any]) -> dict[str, Operation]:
    """Return all public operations."""
    return read_operations(document)


def test_every_operation_has_an_expectation(operations: dict[str, Operation]) -> None:
    assert sorted(operations) == names(REST), "declare new operations in rest_table.py"
    print(f"{len(operations)} of {len(REST)} REST operations as {len(ACTORS)} actors")


@pytest.mark.parametrize("name", names(REST))
async def test_operation_answers_everybody_as_declared(
    name: str, operations: dict[str, Operation], world: World
) -> None:
    operation, case = operations[name], REST[name]
    ids = world.ids | (await world.make(case.destroys) if case.destroys else {})
    path = operation.path.removeprefix(_PREFIX).format(**ids)
    for actor in ACTORS:
        caller = await find_caller(world, case, actor, operation.scope)
        answer = await send(caller, operation.method, path, case, world)
        check(answer, actor, case, operation.scope)


async def find_caller(world: World, case: Case, actor: Actor, scope: str | None) -> Caller:
    """Return the actor, or somebody new where the operation ends accounts."""
    if case.newcomers and actor not in {"anonymous", "unscoped"}:
        return await world.newcomer()
    return world.actor(actor, scope)


async def send(caller: Caller, method: str, path: str, case: Case, world: World) -> httpx2.Response:
    """Send the operation's request; changes name any revision."""
    headers = {REQUEST_ID_HEADER: _REQUEST_ID}
    if method in {"PUT", "PATCH"}:
        headers["If-Match"] = "*"
    body = case.text(world)
    options: dict[str, Any] = {}
    if case.media is not None:
        headers["Content-Type"] = case.media
        options["content"] = body
    elif body is not None:
        options["json"] = body
    return await caller.call(method, path, params=case.query, headers=headers, **options)


def check(answer: httpx2.Response, actor: Actor, case: Case, scope: str | None) -> None:
    """Compare an answer with what is declared; strangers see nothing of the owner's in it."""
    wanted = case.statuses(actor, scope)
    assert answer.status_code in wanted, f"{actor}: {answer.status_code} {answer.text}"
    assert {"ratelimit", "ratelimit-policy"} <= answer.headers.keys(), actor
    assert answer.headers[REQUEST_ID_HEADER] == _REQUEST_ID
    if answer.status_code >= httpx2.codes.BAD_REQUEST:
        assert answer.headers["content-type"] == MEDIA_TYPE, actor
        assert answer.json().keys() >= _PROBLEM_MEMBERS
    let_in = case.rule == "admins" and actor == "admin"
    if (actor in STRANGERS and not let_in) or answer.status_code >= httpx2.codes.BAD_REQUEST:
        sent = str(answer.request.url) + (answer.request.content or b"").decode(errors="replace")
        leaked = MARKER in answer.text and MARKER not in sent
        assert not leaked, f"{actor} reads {answer.text}"
