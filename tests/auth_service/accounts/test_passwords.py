"""Forgetting, resetting and changing passwords; confirming addresses."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from uuid import UUID

import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import text

from auth_service.client import AuthClient
from auth_service.contract.errors import LinkInvalidError
from auth_service.deps import AuthDeps
from shared.clock import utc_now
from tests.auth_service.visitor import PASSWORD, Visitor, mailed_token, mails

NEW = "granite-lantern-77-heron"


async def _forget(visitor: Visitor, email: str = "mina@example.com") -> None:
    answer = await visitor.call("POST", "/auth/password/forgot", {"email": email})
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})


@pytest.mark.asvs("6.4.3", "7.4.3")
async def test_a_reset_sets_the_password_and_ends_all_sessions(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    await _forget(visitor)
    body = {"token": await mailed_token(client, "reset_password"), "password": NEW}

    assert (await visitor.call("POST", "/auth/password/reset", body)).status_code == 204

    assert (await mina.refresh()).status_code == 401
    old = await visitor.call(
        "POST", "/auth/login", {"email": "mina@example.com", "password": PASSWORD}
    )
    assert old.status_code == 401
    again = await visitor.sign_in(password=NEW)
    assert (await again.call("GET", "/me")).json()["email_verified"] is True
    assert len(await mails(client, "password_changed")) == 1
    used = await visitor.call("POST", "/auth/password/reset", body)
    assert (used.status_code, used.json()["code"]) == (422, "link-invalid")


@pytest.mark.asvs("6.6.2", "6.6.3")
async def test_reset_links_are_good_for_half_an_hour_and_only_the_newest(
    visitor: Visitor, client: AuthClient
) -> None:
    await visitor.register()
    await _forget(visitor)
    first = await mailed_token(client, "reset_password")
    await _forget(visitor)
    second = await mailed_token(client, "reset_password")
    body = {"token": first, "password": NEW}

    assert (await visitor.call("POST", "/auth/password/reset", body)).status_code == 422
    with time_machine.travel(utc_now() + timedelta(minutes=31)):
        late = await visitor.call("POST", "/auth/password/reset", body | {"token": second})
    assert late.status_code == 422


async def test_a_refused_password_leaves_the_link_good(
    visitor: Visitor, client: AuthClient
) -> None:
    await visitor.register()
    await _forget(visitor)
    token = await mailed_token(client, "reset_password")

    weak = await visitor.call(
        "POST", "/auth/password/reset", {"token": token, "password": "password1"}
    )
    assert (weak.status_code, weak.json()["errors"][0]["code"]) == (422, "well-known")
    good = await visitor.call("POST", "/auth/password/reset", {"token": token, "password": NEW})
    assert good.status_code == 204


@pytest.mark.asvs("6.3.8")
async def test_forgetting_an_unknown_address_mails_nobody_and_looks_the_same(
    visitor: Visitor, client: AuthClient
) -> None:
    await visitor.register()
    before = len((await client.read_events(0, 100)).events)

    await _forget(visitor, "nobody@example.com")

    assert len((await client.read_events(0, 100)).events) == before


async def test_nobody_is_flooded_withmails(visitor: Visitor, client: AuthClient) -> None:
    await visitor.register()

    for _ in range(6):
        await _forget(visitor)

    assert len(await mails(client, "reset_password")) == 3


@pytest.mark.asvs("6.2.2", "6.2.3", "7.4.3")
async def test_changing_wants_the_old_password_and_ends_other_sessions(visitor: Visitor) -> None:
    mina = await visitor.register()
    phone = await visitor.sign_in()
    body = {"current_password": "not-it", "new_password": NEW}

    wrong = await mina.call("POST", "/auth/password/change", body)
    right = await mina.call("POST", "/auth/password/change", body | {"current_password": PASSWORD})

    assert (wrong.status_code, right.status_code) == (401, 204)
    assert (await phone.refresh()).status_code == 401
    assert (await mina.refresh()).status_code == 200
    await visitor.sign_in(password=NEW)


async def test_changing_is_for_people(visitor: Visitor) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW}

    assert (await visitor.call("POST", "/auth/password/change", body)).status_code == 401


async def test_an_address_is_confirmed_by_the_mailed_link_once(
    visitor: Visitor, client: AuthClient
) -> None:
    mina = await visitor.register()
    token = await mailed_token(client, "verify_email")

    done = await visitor.call("POST", "/auth/email/verify", {"token": token})

    assert done.status_code == 204
    assert (await mina.call("GET", "/me")).json()["email_verified"] is True
    assert (await visitor.call("POST", "/auth/email/verify", {"token": token})).status_code == 422


async def test_the_link_is_in_no_table_and_in_no_event(
    visitor: Visitor, client: AuthClient, deps: AuthDeps
) -> None:
    await visitor.register()
    token = await mailed_token(client, "verify_email")

    async with deps.units_of_work() as work:
        rows = await work.session.scalars(
            text(
                "SELECT t::text FROM auth.one_time_tokens t UNION ALL "
                "SELECT o::text FROM auth.outbox o"
            )
        )
        kept = "\n".join(rows)

    assert "verify_email" in kept
    assert token not in kept
    assert token[30:] not in kept


async def test_a_used_link_is_spelt_no_more(visitor: Visitor, client: AuthClient) -> None:
    await visitor.register()
    token = await mailed_token(client, "verify_email")
    link_id = (await mails(client, "verify_email"))[-1]
    await visitor.call("POST", "/auth/email/verify", {"token": token})

    with pytest.raises(LinkInvalidError):
        await client.mail_link(UUID(link_id))


async def test_a_token_of_one_purpose_serves_no_other(visitor: Visitor, client: AuthClient) -> None:
    await visitor.register()
    token = await mailed_token(client, "verify_email")

    answer = await visitor.call("POST", "/auth/password/reset", {"token": token, "password": NEW})

    assert answer.status_code == 422


@pytest.mark.parametrize("token", ["x" * 64, "A" * 20, "!" * 40, "é" * 30])
async def test_forged_tokens_are_refused(visitor: Visitor, token: str) -> None:
    assert (await visitor.call("POST", "/auth/email/verify", {"token": token})).status_code == 422


async def test_the_confirmation_can_be_sent_again(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    first = await mailed_token(client, "verify_email")

    assert (await mina.call("POST", "/auth/email/resend")).status_code == 202

    assert (await visitor.call("POST", "/auth/email/verify", {"token": first})).status_code == 422
    token = await mailed_token(client, "verify_email")
    assert (await visitor.call("POST", "/auth/email/verify", {"token": token})).status_code == 204


@pytest.mark.parametrize(
    "path", ["/auth/email/verify", "/auth/password/forgot", "/auth/password/reset"]
)
@pytest.mark.asvs("6.2.6", "6.2.7")
async def test_links_lead_to_a_page_that_runs_only_its_own_script(
    visitor: Visitor, path: str
) -> None:
    answer = await visitor.call("GET", path)

    assert answer.status_code == 200
    assert "function onSubmit" in answer.text  # what all pages share is in each: they load nothing
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


async def test_the_owner_of_a_taken_address_is_told(visitor: Visitor, client: AuthClient) -> None:
    await visitor.register()

    await visitor.call("POST", "/auth/register", {"email": "mina@example.com", "password": NEW})

    assert await mails(client, "address_taken") == [None]


@pytest.mark.asvs("6.2.4")
async def test_well_known_passwords_are_refused_at_the_door(visitor: Visitor) -> None:
    answer = await visitor.call(
        "POST", "/auth/register", {"email": "mina@example.com", "password": "password123"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "password-refused")
    assert answer.json()["errors"][0] == {
        "pointer": "/password",
        "code": "well-known",
        "message": "this is one of the passwords that are tried first",
    }


async def test_hosts_may_want_confirmed_addresses_and_then_say_nothing(
    visitor: Visitor, client: AuthClient, deps: AuthDeps, app: FastAPI
) -> None:
    login = {"email": "mina@example.com", "password": PASSWORD}
    await visitor.call("POST", "/auth/register", login)
    strict = deps.settings.model_copy(update={"require_verified_email": True})
    app.state.deps = replace(deps, settings=strict)

    before = await visitor.call("POST", "/auth/login", login)
    unknown = await visitor.call("POST", "/auth/login", login | {"email": "no@example.com"})
    token = await mailed_token(client, "verify_email")
    await visitor.call("POST", "/auth/email/verify", {"token": token})
    after = await visitor.call("POST", "/auth/login", login)

    assert (before.status_code, before.json()["code"]) == (401, "login-failed")
    assert unknown.json()["detail"] == before.json()["detail"]
    assert after.status_code == 200


@pytest.mark.asvs("6.3.8")
async def test_times_do_not_tell_who_has_an_account(visitor: Visitor) -> None:
    await visitor.register()

    async def spend(email: str) -> float:
        start = perf_counter()
        await visitor.call("POST", "/auth/login", {"email": email, "password": "not-it-at-all"})
        return perf_counter() - start

    known, unknown = [], []
    for round_ in range(8):
        known.append(await spend("mina@example.com"))
        unknown.append(await spend(f"nobody{round_}@example.com"))
        await asyncio.sleep(0)

    assert 0.6 < min(known) / min(unknown) < 1.67
