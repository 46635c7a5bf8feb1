"""Changing and replacing API keys."""

from datetime import timedelta

import pytest
import time_machine

from auth_service.client import AuthClient
from auth_service.contract.errors import ApiKeyInvalidError
from shared.clock import utc_now
from tests.auth_service.visitor import ANY_STATE, Visitor

ADDRESS = "203.0.113.7"


async def test_a_rotated_key_works_on_for_the_overlap(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    old = (await mina.call("POST", "/api-keys", {"scopes": ["data:read"], "name": "a"})).json()

    answer = await mina.call("POST", f"/api-keys/{old['id']}/rotate", {"overlap_s": 60})

    assert answer.status_code == 201
    new = answer.json()
    assert (new["replaces"], new["name"], new["scopes"]) == (old["id"], "a", ["data:read"])
    for key in (old["key"], new["key"]):
        await client.check_key(key, ADDRESS)
    with time_machine.travel(utc_now() + timedelta(seconds=61)):
        await client.check_key(new["key"], ADDRESS)
        with pytest.raises(ApiKeyInvalidError):
            await client.check_key(old["key"], ADDRESS)
    assert (await client.check_key(old["key"], ADDRESS)).expires_at is not None
    assert [change.kind for change in (await client.revocations(0)).items] == ["api_key"]


async def test_a_key_that_is_being_replaced_takes_no_second_place(visitor: Visitor) -> None:
    mina = await visitor.register()
    keys = [(await mina.call("POST", "/api-keys", {})).json()["id"] for _ in range(2)]

    assert (await mina.call("POST", f"/api-keys/{keys[0]}/rotate", {})).status_code == 201
    again = await mina.call("POST", f"/api-keys/{keys[0]}/rotate", {})
    assert (again.status_code, again.json()["code"]) == (409, "api-key-replaced")
    assert (await mina.call("POST", "/api-keys", {})).status_code == 409


async def test_rotating_again_and_again_holds_no_more_than_two_keys(visitor: Visitor) -> None:
    mina = await visitor.register()
    first = (await mina.call("POST", "/api-keys", {})).json()
    second = (await mina.call("POST", f"/api-keys/{first['id']}/rotate", {})).json()

    early = await mina.call("POST", f"/api-keys/{second['id']}/rotate", {})
    await mina.call("DELETE", f"/api-keys/{first['id']}")
    later = await mina.call("POST", f"/api-keys/{second['id']}/rotate", {})

    assert (early.status_code, early.json()["code"]) == (409, "api-key-overlap")
    assert later.status_code == 201


async def test_scopes_can_only_become_fewer(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    scopes = ["data:read", "strategy:read"]
    made = (await mina.call("POST", "/api-keys", {"scopes": scopes})).json()
    path = f"/api-keys/{made['id']}"

    less = {"scopes": ["data:read"], "name": "less"}
    fewer = await mina.call("PATCH", path, less, headers=ANY_STATE)
    wider = {"scopes": ["data:read", "data:write"]}
    more = await mina.call("PATCH", path, wider, headers=ANY_STATE)

    assert (fewer.json()["scopes"], fewer.json()["name"]) == (["data:read"], "less")
    assert more.status_code == 422
    principal = (await client.check_key(made["key"], ADDRESS)).principal
    assert principal.scopes == {"data:read"}


async def test_networks_can_be_changed(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    made = (await mina.call("POST", "/api-keys", {})).json()

    networks = {"networks": ["198.51.100.0/24"]}
    await mina.call("PATCH", f"/api-keys/{made['id']}", networks, headers=ANY_STATE)

    with pytest.raises(ApiKeyInvalidError):
        await client.check_key(made["key"], ADDRESS)


async def test_a_key_changes_from_the_state_that_was_read(visitor: Visitor) -> None:
    mina = await visitor.register()
    made = (await mina.call("POST", "/api-keys", {})).json()
    path = f"/api-keys/{made['id']}"
    read = await mina.call("GET", path)
    tag = {"If-Match": read.headers["ETag"]}

    without = await mina.call("PATCH", path, {"name": "one"})
    done = await mina.call("PATCH", path, {"name": "one"}, headers=tag)
    stale = await mina.call("PATCH", path, {"name": "two"}, headers=tag)
    await mina.call("POST", f"{path}/rotate", {})
    ending = await mina.call("GET", path)

    assert [without.status_code, done.status_code, stale.status_code] == [428, 200, 412]
    assert read.json() == {name: value for name, value in made.items() if name != "key"}
    assert ending.headers["ETag"] not in {read.headers["ETag"], done.headers["ETag"]}


async def test_test_keys_never_trade(visitor: Visitor) -> None:
    mina = await visitor.register()

    made = (await mina.call("POST", "/api-keys", {"mode": "test"})).json()

    assert made["key"].startswith("sk_test_")
    assert "trade:place" not in made["scopes"]


async def test_others_cannot_touch_a_key(visitor: Visitor) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    made = (await mina.call("POST", "/api-keys", {})).json()

    for person, status in ((eve, 404), (visitor, 401)):
        path = f"/api-keys/{made['id']}"
        assert (await person.call("GET", path)).status_code == status
        changed = await person.call("PATCH", path, {"name": "mine"}, headers=ANY_STATE)
        assert changed.status_code == status
        assert (await person.call("POST", f"{path}/rotate", {})).status_code == status


async def test_a_repeated_request_shows_the_same_key_which_is_kept_sealed(
    visitor: Visitor,
) -> None:
    mina = await visitor.register()
    headers = {"Idempotency-Key": "once"}

    first = await mina.call("POST", "/api-keys", {}, headers=headers)
    again = await mina.call("POST", "/api-keys", {}, headers=headers)

    assert first.json() == again.json()
    assert len((await mina.call("GET", "/api-keys")).json()["items"]) == 1
