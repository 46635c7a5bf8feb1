"""Changing one's name, language and address."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine

from auth_service.client import AuthClient
from shared.clock import utc_now
from tests.auth_service.visitor import PASSWORD, Visitor, mailed_token, mails


async def test_a_profile_is_changed_with_the_tag_that_was_read(visitor: Visitor) -> None:
    mina = await visitor.register()
    tag = (await mina.call("GET", "/me")).headers["ETag"]
    change = {"name": "Mina", "locale": "ko"}

    without = await mina.call("PATCH", "/me", change)
    done = await mina.call("PATCH", "/me", change, headers={"If-Match": tag})
    stale = await mina.call("PATCH", "/me", change, headers={"If-Match": tag})

    assert [without.status_code, done.status_code, stale.status_code] == [428, 200, 412]
    assert (done.json()["name"], done.json()["locale"]) == ("Mina", "ko")
    cleared = await mina.call("PATCH", "/me", {"name": None}, headers={"If-Match": "*"})
    assert (cleared.json()["name"], cleared.json()["locale"]) == (None, "ko")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"locale": "Korean"}, "/locale"),
        ({"email": "x@example.com"}, "/email"),
        ({"role": "admin"}, "/role"),
    ],
)
async def test_bad_profiles_are_refused(
    visitor: Visitor, body: dict[str, str], pointer: str
) -> None:
    mina = await visitor.register()

    answer = await mina.call("PATCH", "/me", body, headers={"If-Match": "*"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_nobody_has_no_profile(visitor: Visitor) -> None:
    answer = await visitor.call("PATCH", "/me", {"name": "x"}, headers={"If-Match": "*"})

    assert answer.status_code == 401


@pytest.mark.asvs("7.5.1")
async def test_a_new_address_wants_a_recent_sign_in(visitor: Visitor) -> None:
    mina = await visitor.register()

    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        late = await mina.call("POST", "/auth/email/change", {"email": "park@example.com"})

    assert (late.status_code, late.json()["code"]) == (403, "step-up-required")


async def test_a_new_address_counts_once_confirmed(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    body = {"email": "park@example.com"}

    assert (await mina.call("POST", "/auth/email/change", body)).status_code == 202
    assert (await mina.call("GET", "/me")).json()["email"] == "mina@example.com"
    token = await mailed_token(client, "verify_email")
    assert (await visitor.call("POST", "/auth/email/verify", {"token": token})).status_code == 204

    me = (await mina.call("GET", "/me")).json()
    assert (me["email"], me["email_verified"]) == ("park@example.com", True)
    await visitor.sign_in("park@example.com", PASSWORD)
    (notice_id,) = await mails(client, "email_changed")
    assert notice_id is not None
    notice = await client.mail_link(UUID(notice_id))
    assert (notice.to, notice.url) == ("mina@example.com", None)


async def test_a_taken_address_stays_with_its_owner(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")

    answer = await eve.call("POST", "/auth/email/change", {"email": "mina@example.com"})

    assert answer.status_code == 202
    assert await mails(client, "address_taken") == [None]
    assert (await mina.call("GET", "/me")).json()["email"] == "mina@example.com"
