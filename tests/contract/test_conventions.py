"""Every operation that updates, lists or creates does it by the conventions that hold for all."""

from typing import Any

import httpx2
import pytest

from tests.contract.described import Described, describe, resolve
from tests.contract.rest_table import REST
from tests.contract.rules import Case, names
from tests.contract.world import World, must
from tests.gateway.caller import Caller

_PREFIX = "/api/v1"
_UNKNOWN = "no_such_field"
_STALE = '"stale"'


@pytest.fixture(scope="session")
def operations(document: dict[str, Any]) -> dict[str, Described]:
    """Return all public operations by their ids."""
    return {one.id: one for one in describe(document)}


def insider(world: World, case: Case) -> Caller:
    """Return somebody who is let in."""
    if case.rule == "everybody":
        return world.anonymous
    return world.admin if case.rule == "admins" else world.owner


async def place(world: World, case: Case, operation: Described) -> str:
    """Return the address of something that the operation may have."""
    ids = world.ids | (await world.make(case.destroys) if case.destroys else {})
    return operation.path.removeprefix(_PREFIX).format(**ids)


def assert_refused(answer: httpx2.Response, status: int, name: str) -> None:
    """Check that this is the refusal that was expected."""
    assert answer.status_code == status, f"{name}: {answer.status_code} {answer.text}"


async def test_updates_want_the_state_that_was_read(
    operations: dict[str, Described], world: World
) -> None:
    updates = [one for one in operations.values() if one.method in {"PUT", "PATCH"}]
    for one in updates:
        case = REST[one.id]
        caller, path = insider(world, case), await place(world, case, one)
        body = case.text(world)
        read = await caller.call("GET", path)
        tag = read.headers["ETag"]

        without = await caller.call(one.method, path, json=body)
        stale = await caller.call(one.method, path, json=body, headers={"If-Match": _STALE})
        done = await caller.call(one.method, path, json=body, headers={"If-Match": tag})
        again = await caller.call(one.method, path, json=body, headers={"If-Match": tag})

        assert_refused(without, 428, one.id)
        assert_refused(stale, 412, one.id)
        assert done.is_success, f"{one.id}: {done.text}"
        assert done.headers["ETag"] != tag, one.id
        assert_refused(again, 412, one.id)
        assert (await caller.call("GET", path)).headers["ETag"] == done.headers["ETag"], one.id


async def test_lists_take_a_cursor_and_a_limit(
    operations: dict[str, Described], world: World
) -> None:
    lists = [one for one in operations.values() if {"cursor", "limit"} <= one.parameters.keys()]
    assert len(lists) >= 20
    for one in lists:
        case = REST[one.id]
        caller, path = insider(world, case), await place(world, case, one)

        async def ask(**params: str) -> httpx2.Response:
            return await caller.call("GET", path, params={**case.query, **params})  # noqa: B023

        for wrong in ({"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"cursor": "x"}):
            assert_refused(await ask(**wrong), 422, f"{one.id} {wrong}")
        whole, first = must(await ask(limit="200")), must(await ask(limit="1"))
        assert first["items"] == whole["items"][:1], one.id
        if len(whole["items"]) > 1:
            second = must(await ask(limit="1", cursor=first["next_cursor"]))
            assert second["items"] == whole["items"][1:2], one.id
        else:
            assert first["next_cursor"] is None, one.id


@pytest.mark.parametrize("name", names(REST))
async def test_unknown_fields_are_refused(
    name: str, operations: dict[str, Described], world: World, document: dict[str, Any]
) -> None:
    one, case = operations[name], REST[name]
    caller = insider(world, case)
    path = one.path.removeprefix(_PREFIX).format(**world.ids)
    headers = {"If-Match": "*"} if one.method in {"PUT", "PATCH"} else {}

    asked = await caller.call(one.method, path, params={_UNKNOWN: "1"}, headers=headers)

    assert_refused(asked, 422, name)
    assert f"/query/{_UNKNOWN}" in [error["pointer"] for error in asked.json()["errors"]]
    if one.request is None or name == "receive_billing_event":
        return
    kinds = list(resolve(document, one.request["schema"]))
    given = case.text(world) or {}
    sent = await caller.call(one.method, path, json={**given, _UNKNOWN: 1}, headers=headers)
    assert kinds
    assert_refused(sent, 422, name)
    pointers = [error["pointer"] for error in sent.json()["errors"]]
    assert any(pointer.endswith(f"/{_UNKNOWN}") for pointer in pointers), pointers


async def test_what_is_created_twice_with_one_key_is_created_once(
    operations: dict[str, Described], world: World
) -> None:
    creating = [
        one
        for one in operations.values()
        if one.method == "POST"
        and one.entry["security"]
        and {"201", "202"} & set(one.entry["responses"])
    ]
    assert len(creating) >= 10
    tried = 0
    for one in creating:
        case = REST[one.id]
        if case.good not in {201, 202} or case.media is not None:
            continue
        # What is somebody's own is made elsewhere: other tests count the owner's.
        caller = world.other if case.rule == "oneself" else insider(world, case)
        path = await place(world, case, one)
        body, key = case.text(world), {"Idempotency-Key": f"twice-{one.id}"}

        first = await caller.call("POST", path, json=body, headers=key)
        again = await caller.call("POST", path, json=body, headers=key)
        other = await caller.call("POST", path, json={**(body or {}), _UNKNOWN: 1}, headers=key)

        assert first.is_success, f"{one.id}: {first.text}"
        assert (again.status_code, again.content) == (first.status_code, first.content), one.id
        assert again.headers["Idempotency-Replayed"] == "true", one.id
        assert_refused(other, 422, one.id)
        assert other.json()["code"] == "idempotency-key-reused", one.id
        tried += 1
    assert tried >= 8
