"""Signing in, carrying on, signing out."""

import asyncio
import base64
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from auth_service.client import AuthClient
from auth_service.contract.accounts import TokenPair
from auth_service.contract.errors import TokenInvalidError
from auth_service.contract.revocations import Revocations
from shared.clock import utc_now
from tests.auth_service.visitor import PASSWORD, Visitor


async def _is_revoked(client: AuthClient, person: Visitor) -> bool:
    known = Revocations()
    for change in (await client.revocations(0)).items:
        known.add(change)
    try:
        known.current(person.principal)
    except TokenInvalidError:
        return True
    return False


async def test_login_answers_with_a_pair(visitor: Visitor) -> None:
    await visitor.register()

    answer = await visitor.call(
        "POST", "/auth/login", {"email": "mina@example.com", "password": PASSWORD}
    )

    assert answer.status_code == 200
    pair = answer.json()
    assert pair.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 1800)


async def test_login_refuses_wrong_passwords_and_unknown_addresses_in_the_same_words(
    visitor: Visitor,
) -> None:
    await visitor.register()

    guess = {"email": "mina@example.com", "password": "x"}
    wrong = await visitor.call("POST", "/auth/login", guess)
    unknown = await visitor.call("POST", "/auth/login", guess | {"email": "no@example.com"})

    assert wrong.status_code == unknown.status_code == 401
    ours = {"request_id"}
    assert {k: v for k, v in wrong.json().items() if k not in ours} == {
        k: v for k, v in unknown.json().items() if k not in ours
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/auth/login", {"email": "mina@example.com"}),
        ("/auth/login", {"email": "mina@example.com", "password": "x" * 257}),
        ("/auth/login", {"email": "mina@example.com", "password": "x", "admin": True}),
        ("/auth/refresh", {}),
        ("/auth/refresh", {"refresh_token": "x"}),
        ("/auth/logout", {"refresh_token": 5}),
    ],
)
async def test_bad_input_is_named(visitor: Visitor, path: str, body: dict[str, object]) -> None:
    answer = await visitor.call("POST", path, body)

    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.asvs("7.2.2")
async def test_refresh_gives_another_pair_of_the_same_session(visitor: Visitor) -> None:
    mina = await visitor.register()

    answer = await mina.refresh()

    assert answer.status_code == 200
    later = await mina.holding(TokenPair.model_validate(answer.json()))
    assert later.pair != mina.pair
    assert later.principal.credential_id == mina.principal.credential_id
    assert (await later.refresh()).status_code == 200


async def test_twenty_refreshes_at_once_yield_one_pair(visitor: Visitor) -> None:
    mina = await visitor.register()

    answers = await asyncio.gather(*(mina.refresh() for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


async def test_the_same_client_may_repeat_a_refresh_for_ten_seconds(visitor: Visitor) -> None:
    mina = await visitor.register()
    with time_machine.travel(utc_now(), tick=False) as now:
        first = await mina.refresh()
        now.shift(9.9)
        again = await mina.refresh()
        now.shift(0.2)
        too_late = await mina.refresh()

    assert first.text == again.text
    assert too_late.status_code == 401


@pytest.mark.parametrize("other", [{"address": "198.51.100.9"}, {"user_agent": "curl"}])
@pytest.mark.asvs("10.4.5")
async def test_reuse_by_another_client_ends_the_whole_session(
    visitor: Visitor, client: AuthClient, other: dict[str, str]
) -> None:
    mina = await visitor.register()
    successor = TokenPair.model_validate((await mina.refresh()).json())

    stolen = await replace(mina, **other).refresh()

    assert stolen.status_code == 401
    assert stolen.json()["code"] == "refresh-refused"
    assert (await mina.refresh(successor.refresh_token)).status_code == 401
    assert await _is_revoked(client, mina)
    ended = (await client.read_events(0, 10)).events[-1]
    assert (ended.name, ended.payload["reason"]) == ("auth.session.ended", "reuse")


@pytest.mark.asvs("7.3.2", "10.4.8")
async def test_a_session_lives_seven_days_however_often_it_is_refreshed(visitor: Visitor) -> None:
    mina = await visitor.register()
    with time_machine.travel(utc_now(), tick=False) as now:
        now.shift(timedelta(days=6))
        answer = await mina.refresh()
        assert answer.status_code == 200
        pair = TokenPair.model_validate(answer.json())
        now.shift(timedelta(days=1, seconds=1))

        assert (await mina.refresh(pair.refresh_token)).status_code == 401


@pytest.mark.parametrize("with_body", [True, False])
@pytest.mark.asvs("7.4.1", "10.4.9")
async def test_logout_ends_the_session_and_may_be_repeated(
    visitor: Visitor, client: AuthClient, with_body: bool
) -> None:
    mina = await visitor.register()
    assert mina.pair is not None
    body = {"refresh_token": mina.pair.refresh_token} if with_body else None
    assert not await _is_revoked(client, mina)

    for _ in range(2):
        assert (await mina.call("POST", "/auth/logout", body)).status_code == 204

    assert await _is_revoked(client, mina)
    assert (await mina.refresh()).status_code == 401
    names = [event.name for event in (await client.read_events(0, 10)).events]
    assert names.count("auth.session.ended") == 1


async def test_logout_of_nobody_is_refused(visitor: Visitor) -> None:
    assert (await visitor.call("POST", "/auth/logout")).status_code == 401
    unknown = {"refresh_token": "rt_" + "x" * 43}
    assert (await visitor.call("POST", "/auth/logout", unknown)).status_code == 204


async def test_logout_leaves_other_sessions_alone(visitor: Visitor, client: AuthClient) -> None:
    mina = await visitor.register()
    phone = await visitor.sign_in()

    await mina.call("POST", "/auth/logout")

    assert not await _is_revoked(client, phone)
    assert (await phone.refresh()).status_code == 200


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize("other", [PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD} ", PASSWORD[:-1]])
async def test_passwords_are_taken_exactly_as_typed(visitor: Visitor, other: str) -> None:
    await visitor.register()

    answer = await visitor.call(
        "POST", "/auth/login", {"email": "mina@example.com", "password": other}
    )

    assert answer.status_code == 401


@pytest.mark.asvs("7.2.3", "7.2.4")
async def test_every_sign_in_makes_tokens_that_were_never_seen(visitor: Visitor) -> None:
    people = [await visitor.register()] + [await visitor.sign_in() for _ in range(9)]

    tokens = {person.pair.refresh_token for person in people if person.pair}
    assert len(tokens) == 10
    assert {len(base64.urlsafe_b64decode(token[3:] + "=")) for token in tokens} == {32}
    assert len({person.principal.credential_id for person in people}) == 10
