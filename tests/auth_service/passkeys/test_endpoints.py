"""Passkeys against an authenticator that behaves and misbehaves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from auth_service.client import AuthClient
from auth_service.contract.accounts import TokenPair
from auth_service.deps import AuthDeps
from shared.clock import utc_now
from shared.ids import new_id, public_id
from tests.auth_service.passkeys.authenticator import PRESENT, Authenticator, spell
from tests.auth_service.visitor import Visitor, mails

ORIGIN = "http://127.0.0.1:8000"
RP_ID = "127.0.0.1"
Change = Callable[[Authenticator], None]


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator(ORIGIN, RP_ID)


async def register(mina: Visitor, phone: Authenticator) -> httpx2.Response:
    """Let somebody add a passkey."""
    options = (await mina.call("POST", "/auth/passkeys/options")).json()["options"]
    assert options["authenticatorSelection"]["userVerification"] == "required"
    body = {"name": "phone", "credential": phone.create(options)}
    return await mina.call("POST", "/auth/passkeys", body)


async def challenge(visitor: Visitor) -> dict[str, Any]:
    """Return the options of a sign-in."""
    answer = await visitor.call("POST", "/auth/passkeys/sign-in/options")
    options: dict[str, Any] = answer.json()["options"]
    return options


async def sign_in(visitor: Visitor, phone: Authenticator) -> httpx2.Response:
    """Show a passkey."""
    body = {"credential": phone.get(await challenge(visitor))}
    return await visitor.call("POST", "/auth/passkeys/sign-in", body)


@pytest.mark.asvs("6.3.3", "6.5.1")
async def test_a_passkey_signs_in_and_counts_as_both_factors(
    visitor: Visitor, client: AuthClient, phone: Authenticator
) -> None:
    mina = await visitor.register()
    created = await register(mina, phone)
    assert created.status_code == 201
    await mina.call("POST", "/auth/mfa/enroll")

    answer = await sign_in(visitor, phone)

    assert answer.status_code == 200, answer.text
    again = await visitor.holding(TokenPair.model_validate(answer.json()))
    assert again.principal.user_id == mina.principal.user_id
    entries = (await again.call("GET", "/audit-log")).json()["items"]
    started = next(entry for entry in entries if entry["action"] == "session.started")
    assert started["facts"]["methods"] == "passkey mfa"
    assert "passkey.added" in [entry["action"] for entry in entries]
    assert len(await mails(client, "second_factor_changed")) == 1
    (listed,) = (await again.call("GET", "/auth/passkeys")).json()["items"]
    assert listed["last_used_at"] is not None
    assert (await sign_in(visitor, phone)).status_code == 200


def _other_origin(phone: Authenticator) -> None:
    phone.origin = "https://naru.example.org"


def _other_place(phone: Authenticator) -> None:
    phone.rp_id = "example.org"


def _nobody_verified(phone: Authenticator) -> None:
    phone.flags = PRESENT


def _other_key(phone: Authenticator) -> None:
    phone.key = generate_private_key(SECP256R1())


def _other_person(phone: Authenticator) -> None:
    phone.user_handle = new_id().bytes


def _unknown(phone: Authenticator) -> None:
    phone.id = b"somebody else's"


def _copied(phone: Authenticator) -> None:
    phone.count = 0


@pytest.mark.parametrize(
    "change",
    [
        _other_origin,
        _other_place,
        _nobody_verified,
        _other_key,
        _other_person,
        _unknown,
        _copied,
    ],
)
async def test_what_does_not_hold_is_refused_in_the_same_words(
    visitor: Visitor, phone: Authenticator, change: Change
) -> None:
    phone.count = 5
    await register(await visitor.register(), phone)
    assert (await sign_in(visitor, phone)).status_code == 200
    change(phone)

    answer = await sign_in(visitor, phone)

    assert (answer.status_code, answer.json()["code"]) == (401, "passkey-refused")
    assert (
        answer.json()["detail"] == ("The passkey did not prove that it is you; try again")
        or answer.json()["title"] == "The passkey did not prove that it is you; try again"
    )


@pytest.mark.parametrize("change", [_other_origin, _other_place, _nobody_verified])
async def test_a_key_of_elsewhere_is_not_registered(
    visitor: Visitor, phone: Authenticator, change: Change
) -> None:
    mina = await visitor.register()
    change(phone)

    answer = await register(mina, phone)

    assert (answer.status_code, answer.json()["code"]) == (401, "passkey-refused")
    assert (await mina.call("GET", "/auth/passkeys")).json()["items"] == []


async def test_a_challenge_is_good_once_and_for_five_minutes(
    visitor: Visitor, phone: Authenticator
) -> None:
    await register(await visitor.register(), phone)
    options = await challenge(visitor)
    shown = {"credential": phone.get(options)}
    assert (await visitor.call("POST", "/auth/passkeys/sign-in", shown)).status_code == 200
    replayed = await visitor.call("POST", "/auth/passkeys/sign-in", shown)
    fresh_signature = {"credential": phone.get(options)}
    again = await visitor.call("POST", "/auth/passkeys/sign-in", fresh_signature)
    assert [replayed.status_code, again.status_code] == [401, 401]

    late = await challenge(visitor)
    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        body = {"credential": phone.get(late)}
        assert (await visitor.call("POST", "/auth/passkeys/sign-in", body)).status_code == 401


async def test_a_refused_attempt_uses_the_challenge_up(
    visitor: Visitor, phone: Authenticator
) -> None:
    await register(await visitor.register(), phone)
    options = await challenge(visitor)
    thief = Authenticator(ORIGIN, RP_ID, id=phone.id, user_handle=phone.user_handle, count=9)
    stolen = {"credential": thief.get(options)}
    assert (await visitor.call("POST", "/auth/passkeys/sign-in", stolen)).status_code == 401

    body = {"credential": phone.get(options)}
    assert (await visitor.call("POST", "/auth/passkeys/sign-in", body)).status_code == 401


@pytest.mark.parametrize(
    "invented", ["", "AAAA", spell(b"{}"), spell(b"[1]"), spell(b'{"challenge": 7}')]
)
async def test_nonsense_is_refused(visitor: Visitor, phone: Authenticator, invented: str) -> None:
    shown = phone.get({"challenge": "AAAA"})
    shown["response"]["clientDataJSON"] = invented

    answer = await visitor.call("POST", "/auth/passkeys/sign-in", {"credential": shown})

    assert answer.status_code == 401


async def test_challenges_of_one_purpose_or_person_do_not_serve_another(
    visitor: Visitor, phone: Authenticator
) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    options = (await mina.call("POST", "/auth/passkeys/options")).json()["options"]
    body = {"name": "phone", "credential": phone.create(options)}
    assert (await eve.call("POST", "/auth/passkeys", body)).status_code == 401
    crossed = phone.create(options | {"challenge": (await challenge(visitor))["challenge"]})
    answer = await mina.call("POST", "/auth/passkeys", {"name": "phone", "credential": crossed})
    assert answer.status_code == 401


@pytest.mark.asvs("7.5.3")
async def test_step_up_with_ones_own_passkey_only(visitor: Visitor, phone: Authenticator) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    await register(mina, phone)
    later = utc_now() + timedelta(minutes=6)
    with time_machine.travel(later):
        assert (await mina.call("POST", "/api-keys", {})).status_code == 403
        body = {"credential": phone.get(await challenge(visitor))}
        assert (await eve.call("POST", "/auth/passkeys/step-up", body)).status_code == 401
        body = {"credential": phone.get(await challenge(visitor))}
        fresh = await mina.call("POST", "/auth/passkeys/step-up", body)
        assert fresh.status_code == 200, fresh.text
        assert mina.pair is not None
        token = fresh.json()["access_token"]
        mina = await mina.holding(mina.pair.model_copy(update={"access_token": token}))
        assert (await mina.call("POST", "/api-keys", {})).status_code == 201


async def test_the_same_passkey_twice_and_one_too_many(
    visitor: Visitor, phone: Authenticator
) -> None:
    mina = await visitor.register()
    assert (await register(mina, phone)).status_code == 201
    again = await register(mina, phone)
    assert (again.status_code, again.json()["code"]) == (409, "passkey-exists")
    for _ in range(19):
        assert (await register(mina, Authenticator(ORIGIN, RP_ID))).status_code == 201
    full = await register(mina, Authenticator(ORIGIN, RP_ID))
    assert (full.status_code, full.json()["code"]) == (409, "passkey-limit")


async def test_a_removed_passkey_signs_nobody_in(visitor: Visitor, phone: Authenticator) -> None:
    mina = await visitor.register()
    eve = await visitor.register("eve@example.com")
    passkey_id = (await register(mina, phone)).json()["id"]
    foreign = await eve.call("DELETE", f"/auth/passkeys/{passkey_id}")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "passkey-not-found")

    assert (await mina.call("DELETE", f"/auth/passkeys/{passkey_id}")).status_code == 204

    assert (await sign_in(visitor, phone)).status_code == 401


async def test_the_last_way_in_stays(
    visitor: Visitor, phone: Authenticator, deps: AuthDeps
) -> None:
    mina = await visitor.register()
    passkey_id = (await register(mina, phone)).json()["id"]
    async with deps.units_of_work() as work:
        connection = await work.session.connection()
        await connection.exec_driver_sql("UPDATE auth.users SET password_hash = NULL")

    answer = await mina.call("DELETE", f"/auth/passkeys/{passkey_id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "last-sign-in")
    assert (await sign_in(visitor, phone)).status_code == 200


async def test_suspended_people_stay_out(
    visitor: Visitor, phone: Authenticator, deps: AuthDeps
) -> None:
    await register(await visitor.register(), phone)
    async with deps.units_of_work() as work:
        connection = await work.session.connection()
        await connection.exec_driver_sql("UPDATE auth.users SET suspended_at = now()")

    assert (await sign_in(visitor, phone)).status_code == 401


async def test_registering_wants_a_recent_sign_in_by_a_person(visitor: Visitor) -> None:
    mina = await visitor.register()
    assert (await visitor.call("POST", "/auth/passkeys/options")).status_code == 401
    assert (await visitor.call("GET", "/auth/passkeys")).status_code == 401
    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        assert (await mina.call("POST", "/auth/passkeys/options")).status_code == 403
        refused = await mina.call("DELETE", f"/auth/passkeys/{public_id('pk', new_id())}")
        assert refused.status_code == 403
    bad = await mina.call("POST", "/auth/passkeys", {"name": "x", "credential": {}})
    assert bad.status_code == 422
