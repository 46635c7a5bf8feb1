"""Administrators look up and suspend accounts, on record."""

import pytest

from auth_service.client import AuthClient
from auth_service.contract.errors import ApiKeyInvalidError
from auth_service.deps import AuthDeps
from shared.ids import new_id, public_id
from tests.auth_service.visitor import ANY_STATE, PASSWORD, Visitor


@pytest.fixture
async def root(visitor: Visitor, client: AuthClient) -> Visitor:
    """Return the installation's administrator."""
    password = await client.ensure_first_user("root@naru.local")
    assert password is not None
    return await visitor.sign_in("root@naru.local", password)


def _id(person: Visitor) -> str:
    return public_id("usr", person.principal.user_id or new_id())


async def test_administrators_find_accounts(visitor: Visitor, root: Visitor) -> None:
    mina = await visitor.register()

    listed = (await root.call("GET", "/admin/users")).json()["items"]
    found = await root.call("GET", "/admin/users", params={"email": "MINA@example.com"})

    assert [user["email"] for user in listed] == ["mina@example.com", "root@naru.local"]
    assert [user["id"] for user in found.json()["items"]] == [_id(mina)]


@pytest.mark.asvs("8.4.1", "16.3.2")
async def test_reading_an_account_is_on_record_in_its_own_log(
    visitor: Visitor, root: Visitor
) -> None:
    mina = await visitor.register()

    read = (await root.call("GET", f"/admin/users/{_id(mina)}")).json()

    assert (read["session_count"], read["second_factor"]) == (1, False)
    newest = (await mina.call("GET", "/audit-log")).json()["items"][0]
    assert (newest["action"], newest["actor_kind"]) == ("account.read", "admin")
    assert newest["actor"] == _id(root)


@pytest.mark.asvs("7.4.2", "7.4.5")
async def test_a_suspended_account_is_shut_out_until_it_is_released(
    visitor: Visitor, root: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    key = (await mina.call("POST", "/api-keys", {})).json()["key"]
    path = f"/admin/users/{_id(mina)}"

    for _ in range(2):
        assert (await root.call("POST", f"{path}/suspend")).status_code == 204

    assert (await mina.refresh()).status_code == 401
    with pytest.raises(ApiKeyInvalidError):
        await client.check_key(key, "203.0.113.7")
    login = {"email": "mina@example.com", "password": PASSWORD}
    refused = await visitor.call("POST", "/auth/login", login)
    assert (refused.status_code, refused.json()["code"]) == (401, "login-failed")
    kinds = {change.kind for change in (await client.revocations(0)).items}
    assert kinds == {"session", "api_key"}

    assert (await root.call("POST", f"{path}/release")).status_code == 204
    await visitor.sign_in()
    await client.check_key(key, "203.0.113.7")


async def test_nobody_suspends_themselves(root: Visitor) -> None:
    answer = await root.call("POST", f"/admin/users/{_id(root)}/suspend")

    assert (answer.status_code, answer.json()["code"]) == (409, "self-suspension")


async def test_anybodys_plan_can_be_changed(visitor: Visitor, root: Visitor) -> None:
    mina = await visitor.register()
    own = public_id("ws", mina.principal.workspace_id or new_id())
    path = f"/admin/workspaces/{own}/subscription"

    tag = {"If-Match": (await root.call("GET", path)).headers["ETag"]}
    premium = {"plan": "premium"}
    without = await root.call("PUT", path, premium)
    done = await root.call("PUT", path, premium, headers=tag)
    stale = await root.call("PUT", path, premium, headers=tag)

    assert [without.status_code, done.status_code, stale.status_code] == [428, 200, 412]
    assert (await root.call("GET", path)).headers["ETag"] == done.headers["ETag"]
    assert (await mina.call("GET", "/subscription")).json()["plan"] == "premium"
    log = (await mina.call("GET", "/audit-log")).json()["items"]
    assert [entry["action"] for entry in log[:3]] == [
        "subscription.read",
        "subscription.changed",
        "subscription.read",
    ]
    unknown = await root.call("PUT", path, {"plan": "gold"}, headers=ANY_STATE)
    assert unknown.status_code == 422


async def test_signing_keys_rotate(root: Visitor, client: AuthClient, deps: AuthDeps) -> None:
    assert (await root.call("POST", "/admin/signing-keys/rotate")).status_code == 204

    assert len((await client.jwks())["keys"]) == 2
    assert (await root.call("GET", "/me")).status_code == 200


@pytest.mark.asvs("8.3.1", "8.4.2")
async def test_administration_is_for_administrators(visitor: Visitor, root: Visitor) -> None:
    mina = await visitor.register()
    tries = [
        ("GET", "/admin/users", None),
        ("GET", f"/admin/users/{_id(root)}", None),
        ("POST", f"/admin/users/{_id(root)}/suspend", None),
        ("POST", f"/admin/users/{_id(root)}/release", None),
        ("GET", f"/admin/workspaces/{public_id('ws', new_id())}/subscription", None),
        ("PUT", f"/admin/workspaces/{public_id('ws', new_id())}/subscription", {"plan": "free"}),
        ("POST", "/admin/signing-keys/rotate", None),
    ]

    for method, path, body in tries:
        assert (await mina.call(method, path, body, headers=ANY_STATE)).status_code == 403
        assert (await visitor.call(method, path, body, headers=ANY_STATE)).status_code == 401
    for method, path in (("GET", ""), ("POST", "/suspend"), ("POST", "/release")):
        unknown = f"/admin/users/{public_id('usr', new_id())}{path}"
        assert (await root.call(method, unknown)).status_code == 404
