"""Strategies: named, changed under a precondition, forked, rolled back, hidden."""

from uuid import UUID

import pytest

from logic_service.client import LogicClient
from logic_service.contract.errors import StrategyNotFoundError
from shared.ids import new_id, parse_public_id, public_id
from tests.logic_service.caller import HOLD, VECTOR, Caller

PATHS = [
    ("GET", "", None),
    ("PATCH", "", {"name": "x"}),
    ("DELETE", "", None),
    ("POST", "/rollback", {"number": 1}),
    ("POST", "/fork", {}),
]


async def test_a_new_strategy_has_no_version(caller: Caller) -> None:
    answer = await caller.call(
        "POST", "/strategies", {"name": "  Crossing ", "description": "two\nlines"}
    )

    strategy = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/strategies/{strategy['id']}"
    assert (strategy["name"], strategy["description"]) == ("Crossing", "two\nlines")
    assert (strategy["current_version_id"], strategy["current_number"]) == (None, None)
    assert strategy["latest_number"] == 0
    assert strategy["created_at"].endswith("Z")
    assert (await caller.call("GET", f"/strategies/{strategy['id']}")).json() == strategy


async def test_lists_come_in_pages_newest_first(
    caller: Caller, stranger: Caller, client: LogicClient
) -> None:
    for name in ("A", "B", "C"):
        await caller.create(name)
    await stranger.create("X")

    first = await client.list_strategies(caller.person, limit=2)
    second = await client.list_strategies(caller.person, limit=2, cursor=first.next_cursor)

    assert [item.name for item in first.items] == ["C", "B"]
    assert [item.name for item in second.items] == ["A"]
    assert second.next_cursor is None


async def test_a_change_names_the_revision_it_is_of(caller: Caller) -> None:
    path = f"/strategies/{(await caller.create())['id']}"
    tag = (await caller.call("GET", path)).headers["ETag"]

    changed = await caller.call("PATCH", path, {"name": "New"}, headers={"If-Match": tag})
    stale = await caller.call("PATCH", path, {"name": "Lost"}, headers={"If-Match": tag})
    careless = await caller.call("PATCH", path, {"name": "Lost"})

    assert (changed.status_code, changed.json()["name"]) == (200, "New")
    assert changed.headers["ETag"] != tag
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert stale.headers["ETag"] == changed.headers["ETag"]
    assert (careless.status_code, careless.json()["code"]) == (428, "precondition-required")
    assert (await caller.call("GET", path)).json()["name"] == "New"


async def test_fields_left_out_stay(caller: Caller) -> None:
    path = f"/strategies/{(await caller.create())['id']}"

    await caller.call("PATCH", path, {"description": "text"}, headers={"If-Match": "*"})
    answer = await caller.call("PATCH", path, {"name": "New"}, headers={"If-Match": "*"})
    cleared = await caller.call("PATCH", path, {"description": ""}, headers={"If-Match": "*"})

    assert (answer.json()["name"], answer.json()["description"]) == ("New", "text")
    assert (cleared.json()["name"], cleared.json()["description"]) == ("New", "")


async def test_rolling_back_moves_the_current_version(caller: Caller) -> None:
    strategy_id = await caller.create_with(HOLD, VECTOR)

    answer = await caller.call("POST", f"/strategies/{strategy_id}/rollback", {"number": 1})

    strategy = answer.json()
    assert (strategy["current_number"], strategy["latest_number"]) == (1, 2)
    third = await caller.upload(strategy_id, HOLD + "# 3\n")
    assert third["number"] == 3
    after = (await caller.call("GET", f"/strategies/{strategy_id}")).json()
    assert (after["current_number"], after["current_version_id"]) == (3, third["id"])


async def test_rolling_back_to_what_never_was(caller: Caller) -> None:
    strategy_id = await caller.create_with(HOLD)

    answer = await caller.call("POST", f"/strategies/{strategy_id}/rollback", {"number": 9})

    assert (answer.status_code, answer.json()["code"]) == (404, "version-not-found")


async def test_a_fork_starts_with_a_copy(caller: Caller, client: LogicClient) -> None:
    strategy_id = await caller.create_with(HOLD, VECTOR)

    answer = await caller.call("POST", f"/strategies/{strategy_id}/fork", {"number": 1})

    fork = answer.json()
    assert (answer.status_code, fork["name"]) == (201, "Crossing (fork)")
    origin = (await caller.call("GET", f"/strategies/{strategy_id}/versions/1")).json()
    assert fork["forked_from_version_id"] == origin["id"]
    copy = (await caller.call("GET", f"/strategies/{fork['id']}/versions/1/source")).json()
    assert copy["source"] == HOLD
    assert copy["version_id"] != origin["id"]
    events = (await client.read_events(0, 10)).events
    assert [event.payload["strategy_id"] for event in events] == [strategy_id] * 2 + [fork["id"]]


async def test_a_fork_takes_the_current_version_by_default(caller: Caller) -> None:
    strategy_id = await caller.create_with(HOLD, VECTOR)

    fork = (await caller.call("POST", f"/strategies/{strategy_id}/fork", {"name": "Mine"})).json()

    assert fork["name"] == "Mine"
    version = (await caller.call("GET", f"/strategies/{fork['id']}/versions/1")).json()
    assert version["strategy_name"] == "half"


async def test_nothing_to_fork(caller: Caller) -> None:
    strategy = await caller.create("N" * 100)

    answer = await caller.call("POST", f"/strategies/{strategy['id']}/fork", {})

    assert (answer.status_code, answer.json()["code"]) == (404, "version-not-found")


async def test_a_deleted_strategy_is_gone_with_its_versions(
    caller: Caller, client: LogicClient
) -> None:
    strategy_id = await caller.create_with(HOLD)
    version = (await caller.call("GET", f"/strategies/{strategy_id}/versions/1")).json()

    assert (await caller.call("DELETE", f"/strategies/{strategy_id}")).status_code == 204

    for path in ("", "/versions", "/versions/1", "/versions/1/source", "/diff?from=1&to=1"):
        answer = await caller.call("GET", f"/strategies/{strategy_id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "strategy-not-found"), path
    found = await caller.call("GET", f"/internal/versions/{version['id']}")
    assert found.json()["code"] == "version-not-found"
    assert (await client.list_strategies(caller.person)).items == []
    again = await caller.call("DELETE", f"/strategies/{strategy_id}")
    assert again.status_code == 404


async def test_several_can_be_looked_up_at_once(
    caller: Caller, stranger: Caller, client: LogicClient
) -> None:
    mine = [parse_public_id("st", (await caller.create())["id"]) for _ in range(3)]
    others = parse_public_id("st", (await stranger.create())["id"])
    asked = [value for value in [*mine, others, new_id()] if value is not None]

    found = await client.find_strategies(caller.person, asked)

    assert {item.id for item in found} == set(mine)


@pytest.mark.parametrize(("method", "path", "body"), PATHS)
async def test_others_strategies_do_not_exist(
    caller: Caller, stranger: Caller, method: str, path: str, body: object
) -> None:
    strategy_id = await caller.create_with(HOLD)

    answer = await stranger.call(
        method, f"/strategies/{strategy_id}{path}", body, headers={"If-Match": "*"}
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "strategy-not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("POST", "/validate")]
    + [(method, f"/{public_id('st', UUID(int=7))}{path}") for method, path, _ in PATHS],
)
async def test_strategies_want_a_signature(caller: Caller, method: str, path: str) -> None:
    assert (await caller.anonymous(method, f"/strategies{path}")).status_code == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": " \t "}, "/name"),
        ({"name": "N" * 101}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": 5}, "/name"),
        ({"name": "x", "description": "a\x00b"}, "/description"),
        ({"name": "x", "description": "d" * 4001}, "/description"),
        ({"name": "x", "colour": "red"}, "/colour"),
        ([], ""),
    ],
)
async def test_bad_input_names_the_field(caller: Caller, body: object, pointer: str) -> None:
    answer = await caller.call("POST", "/strategies", body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_the_client_raises_the_services_errors(caller: Caller, client: LogicClient) -> None:
    with pytest.raises(StrategyNotFoundError):
        await client.get_strategy(caller.person, new_id())


async def test_a_repeated_request_creates_one_strategy(caller: Caller, client: LogicClient) -> None:
    headers = {"Idempotency-Key": new_id().hex}

    first = await caller.call("POST", "/strategies", {"name": "Once"}, headers=headers)
    again = await caller.call("POST", "/strategies", {"name": "Once"}, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert len((await client.list_strategies(caller.person)).items) == 1
