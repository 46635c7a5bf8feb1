"""Registering, and seeing oneself."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from auth_service.client import AuthClient
from auth_service.contract.errors import UserNotFoundError
from auth_service.deps import AuthDeps
from auth_service.hashing import PasswordHashes
from auth_service.models import UserRow
from auth_service.settings import AuthSettings
from shared.ids import new_id
from tests.auth_service.visitor import PASSWORD, Visitor


async def test_register_then_sign_in_shows_a_personal_workspace_on_the_free_plan(
    visitor: Visitor,
) -> None:
    mina = await visitor.register()

    me = (await mina.call("GET", "/me")).json()

    assert me["email"] == "mina@example.com"
    assert me["email_verified"] is False
    assert me["plan"] == "free"
    assert me["workspace"]["kind"] == "personal"
    assert me["workspace"]["role"] == "owner"
    assert me["workspaces"] == [me["workspace"]]
    assert me["id"].startswith("usr_")
    assert me["session_id"].startswith("ses_")


async def test_register_answers_the_same_for_a_taken_address_and_keeps_the_account(
    visitor: Visitor,
) -> None:
    await visitor.register()
    body = {"email": "mina@example.com", "password": "another-fine-password-9"}

    known = await visitor.call("POST", "/auth/register", body)
    unknown = await visitor.call("POST", "/auth/register", body | {"email": "new@example.com"})

    assert known.status_code == unknown.status_code == 202
    assert known.json() == {"email": "mina@example.com", "status": "accepted"}
    assert known.json().keys() == unknown.json().keys()
    await visitor.sign_in(password=PASSWORD)
    refused = await visitor.call("POST", "/auth/login", body)
    assert refused.status_code == 401


async def test_addresses_differing_in_case_are_one_account(visitor: Visitor) -> None:
    await visitor.register("Mina@Example.com")

    mina = await visitor.sign_in("mina@EXAMPLE.com")

    assert (await mina.call("GET", "/me")).json()["email"] == "Mina@example.com"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"email": "a@b\x00.example"}, "/email"),
        ({"email": "x" * 250 + "@example.com"}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "x" * 257}, "/password"),
        ({"password": 12345678}, "/password"),
        ({"role": "admin"}, "/role"),
    ],
)
@pytest.mark.asvs("6.2.1", "8.2.3")
async def test_register_refuses_bad_input_naming_the_field(
    visitor: Visitor, change: dict[str, object], pointer: str
) -> None:
    body = {"email": "mina@example.com", "password": PASSWORD} | change

    answer = await visitor.call("POST", "/auth/register", body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert PASSWORD not in answer.text


async def test_me_wants_somebody(visitor: Visitor) -> None:
    answer = await visitor.call("GET", "/me")

    assert answer.status_code == 401
    assert answer.json()["code"] == "not-authenticated"


async def test_first_user_is_made_once_and_is_an_administrator(
    client: AuthClient, visitor: Visitor
) -> None:
    password = await client.ensure_first_user("root@naru.local")

    assert password is not None
    assert await client.ensure_first_user("root@naru.local") is None
    root = await visitor.sign_in("root@naru.local", password)
    assert root.principal.role == "admin"
    assert (await root.call("GET", "/me")).json()["email_verified"] is True


@pytest.mark.asvs("6.3.2")
async def test_first_user_is_not_made_in_a_used_installation(
    client: AuthClient, visitor: Visitor
) -> None:
    await visitor.register()

    assert await client.ensure_first_user("root@naru.local") is None


async def test_client_reads_a_users_contact(client: AuthClient, visitor: Visitor) -> None:
    mina = await visitor.register()
    assert mina.principal.user_id is not None

    contact = await client.get_user(mina.principal.user_id)

    assert (contact.email, contact.locale) == ("mina@example.com", "en")
    assert contact.workspace_id == mina.principal.workspace_id
    with pytest.raises(UserNotFoundError):
        await client.get_user(new_id())


@pytest.mark.asvs("8.2.1", "8.3.1")
async def test_internal_endpoints_are_for_services_only(visitor: Visitor) -> None:
    mina = await visitor.register()

    for person in (visitor, mina):
        answer = await person.call("POST", "/internal/first-user", {"email": "a@example.com"})
        assert answer.status_code in {401, 403}


async def test_registration_tells_the_other_services(client: AuthClient, visitor: Visitor) -> None:
    mina = await visitor.register()

    events = (await client.read_events(0, 10)).events

    assert [event.name for event in events] == ["auth.user.registered", "auth.mail.requested"]
    assert events[0].workspace_id == mina.principal.workspace_id


@pytest.mark.asvs("11.4.2")
async def test_passwords_are_kept_as_argon2id_and_follow_the_costs_of_the_day(
    deps: AuthDeps, visitor: Visitor, app: FastAPI
) -> None:
    await visitor.register()
    assert await _stored(deps) == "$argon2id$v=19$m=1024,t=1,p=1"
    costs = AuthSettings.model_fields["password_memory_kib"].default
    app.state.deps = replace(deps, passwords=PasswordHashes(1, costs))

    await visitor.sign_in()

    assert await _stored(deps) == "$argon2id$v=19$m=47104,t=1,p=1"
    await visitor.sign_in()


async def _stored(deps: AuthDeps) -> str:
    async with deps.units_of_work() as work:
        stored = (await work.session.scalars(select(UserRow.password_hash))).one()
    assert stored is not None
    return stored.rpartition("$")[0].rpartition("$")[0]
