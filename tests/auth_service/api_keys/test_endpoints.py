"""API keys: shown once, limited, revoked."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from auth_service.client import AuthClient
from auth_service.contract.errors import ApiKeyInvalidError
from auth_service.deps import AuthDeps
from auth_service.domain.key_format import is_well_formed
from auth_service.models import ApiKeyRow
from shared.clock import utc_now
from shared.ids import new_id, public_id
from tests.auth_service.visitor import Visitor

ADDRESS = "203.0.113.7"


async def test_a_key_is_shown_once_and_speaks_for_its_workspace(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()

    answer = await mina.call("POST", "/api-keys", {"name": "nightly"})

    assert answer.status_code == 201
    made = answer.json()
    assert is_well_formed(made["key"])
    assert made["key"].startswith("sk_live_")
    principal = (await client.check_key(made["key"], ADDRESS)).principal
    assert principal.kind == "api_key"
    assert principal.user_id == mina.principal.user_id
    assert principal.workspace_id == mina.principal.workspace_id
    assert public_id("key", principal.credential_id or new_id()) == made["id"]
    assert principal.allows("backtest:run")
    assert not principal.allows("account:write")
    listed = (await mina.call("GET", "/api-keys")).json()["items"]
    assert [item["id"] for item in listed] == [made["id"]]
    assert "key" not in listed[0]
    assert listed[0]["last_used_address"] == ADDRESS


async def test_only_a_keyed_hash_is_kept(visitor: Visitor, deps: AuthDeps) -> None:
    mina = await visitor.register()
    key = (await mina.call("POST", "/api-keys", {})).json()["key"]

    async with deps.units_of_work() as work:
        row = (await work.session.scalars(select(ApiKeyRow))).one()

    kept = repr(vars(row))
    assert key not in kept
    assert key[8:30] not in kept
    assert row.hint == f"{key[:12]}...{key[-4:]}"


async def test_revocation_is_final_and_told_to_the_gateway(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    made = (await mina.call("POST", "/api-keys", {})).json()

    gone = await mina.call("DELETE", f"/api-keys/{made['id']}")

    assert gone.status_code == 204
    with pytest.raises(ApiKeyInvalidError):
        await client.check_key(made["key"], ADDRESS)
    changes = (await client.revocations(0)).items
    assert [(change.kind, public_id("key", change.subject_id)) for change in changes] == [
        ("api_key", made["id"])
    ]
    assert (await mina.call("GET", "/api-keys")).json()["items"] == []
    assert (await mina.call("DELETE", f"/api-keys/{made['id']}")).status_code == 404


async def test_the_free_plan_allows_two_keys(visitor: Visitor) -> None:
    mina = await visitor.register()
    made = [await mina.call("POST", "/api-keys", {}) for _ in range(3)]

    assert [answer.status_code for answer in made] == [201, 201, 409]
    assert made[2].json()["code"] == "api-key-limit"

    await mina.call("DELETE", f"/api-keys/{made[0].json()['id']}")
    assert (await mina.call("POST", "/api-keys", {})).status_code == 201


@pytest.mark.asvs("8.2.1", "10.3.2")
async def test_scopes_limit_a_key(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    made = await mina.call("POST", "/api-keys", {"scopes": ["strategy:read", "backtest:run"]})

    principal = (await client.check_key(made.json()["key"], ADDRESS)).principal

    assert principal.scopes == {"strategy:read", "backtest:run"}


async def test_networks_limit_a_key(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    networks = ["198.51.100.0/24", "2001:db8::/32"]
    key = (await mina.call("POST", "/api-keys", {"networks": networks})).json()["key"]

    for inside in ("198.51.100.9", "2001:db8::7", "::ffff:198.51.100.9"):
        assert (await client.check_key(key, inside)).principal.address == inside
    for outside in ("203.0.113.7", "2001:db9::7", None):
        with pytest.raises(ApiKeyInvalidError):
            await client.check_key(key, outside)


async def test_an_expired_key_is_void_and_frees_its_place(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    soon = (utc_now() + timedelta(minutes=1)).isoformat()
    keys = [
        (await mina.call("POST", "/api-keys", {"expires_at": soon})).json()["key"] for _ in range(2)
    ]
    await client.check_key(keys[0], ADDRESS)

    with time_machine.travel(utc_now() + timedelta(minutes=2)):
        with pytest.raises(ApiKeyInvalidError):
            await client.check_key(keys[0], ADDRESS)
        assert (await mina.call("POST", "/api-keys", {})).status_code == 201


@pytest.mark.parametrize(
    "key", ["", "sk_live_x", "sk_live_" + "0" * 42, "nonsense", "sk_live_\ud800" + "0" * 41]
)
async def test_keys_that_nobody_made_are_refused(client: AuthClient, key: str) -> None:
    with pytest.raises(ApiKeyInvalidError):
        await client.check_key(key.encode("utf-8", "replace").decode(), ADDRESS)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["world:rule"]}, "/scopes/0"),
        ({"scopes": ["account:write"]}, "/scopes"),
        ({"networks": ["1.2.3.4/40"]}, "/networks/0"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2030-01-01T00:00:00"}, "/expires_at"),
        ({"mode": "demo"}, "/mode"),
        ({"key": "sk_live_mine"}, "/key"),
    ],
)
async def test_bad_input_names_the_field(
    visitor: Visitor, body: dict[str, object], pointer: str
) -> None:
    mina = await visitor.register()

    answer = await mina.call("POST", "/api-keys", body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.asvs("8.2.2", "8.4.1")
async def test_keys_of_others_do_not_exist(visitor: Visitor) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    made = (await mina.call("POST", "/api-keys", {})).json()

    assert (await eve.call("DELETE", f"/api-keys/{made['id']}")).status_code == 404
    assert (await eve.call("GET", "/api-keys")).json()["items"] == []


async def test_api_keys_want_a_signed_in_person(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    made = (await mina.call("POST", "/api-keys", {})).json()
    principal = (await client.check_key(made["key"], ADDRESS)).principal
    mina.principal = principal

    refused = await mina.call("POST", "/api-keys", {})
    kept = await mina.call("DELETE", f"/api-keys/{made['id']}")

    assert (refused.status_code, kept.status_code) == (403, 403)
    assert refused.json()["code"] == "step-up-required"
    assert kept.json()["code"] == "session-required"
    for method, path in (("GET", "/api-keys"), ("POST", "/api-keys")):
        assert (await visitor.call(method, path, {})).status_code == 401
