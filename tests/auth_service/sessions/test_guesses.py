"""How many wrong passwords are looked at."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from shared.clock import utc_now
from tests.auth_service.visitor import PASSWORD, Visitor

LOGIN = {"email": "mina@example.com", "password": "not-it-at-all"}


async def _statuses(visitor: Visitor, count: int, **changes: str) -> list[int]:
    answers = await asyncio.gather(
        *(visitor.call("POST", "/auth/login", LOGIN | changes) for _ in range(count))
    )
    return sorted(answer.status_code for answer in answers)


@pytest.mark.asvs("6.3.1", "6.1.1")
async def test_ten_guesses_per_account_are_evaluated_however_parallel(visitor: Visitor) -> None:
    await visitor.register()

    assert await _statuses(visitor, 14) == [401] * 10 + [429] * 4

    other = replace(visitor, address="198.51.100.9")
    right = await other.call("POST", "/auth/login", LOGIN | {"password": PASSWORD})
    assert (right.status_code, right.json()["code"]) == (429, "too-many-guesses")
    assert 0 < int(right.headers["Retry-After"]) <= 901


async def test_unknown_accounts_are_counted_just_the_same(visitor: Visitor) -> None:
    assert await _statuses(visitor, 12, email="nobody@example.com") == [401] * 10 + [429] * 2


async def test_the_count_slides(visitor: Visitor) -> None:
    await visitor.register()
    await _statuses(visitor, 10)

    with time_machine.travel(utc_now() + timedelta(minutes=15, seconds=1)):
        await visitor.sign_in()


async def test_right_passwords_are_not_counted(visitor: Visitor) -> None:
    await visitor.register()

    for _ in range(12):
        await visitor.sign_in()


@pytest.mark.asvs("6.3.1", "6.1.1")
async def test_a_known_device_is_not_locked_out_by_strangers(visitor: Visitor) -> None:
    await visitor.register()
    visitor.http.cookies.clear()
    answer = await visitor.call("POST", "/auth/login", LOGIN | {"password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    stranger = replace(visitor, address="198.51.100.9")
    visitor.http.cookies.clear()
    assert (await _statuses(stranger, 11))[-1] == 429
    known = {"Cookie": cookie.partition(";")[0]}

    mine = await visitor.call("POST", "/auth/login", LOGIN | {"password": PASSWORD}, headers=known)
    guessing = [
        (await visitor.call("POST", "/auth/login", LOGIN, headers=known)).status_code
        for _ in range(11)
    ]

    assert mine.status_code == 200
    assert "set-cookie" not in mine.headers
    assert guessing == [401] * 10 + [429]


async def test_a_device_is_known_for_its_own_account_only(visitor: Visitor) -> None:
    await visitor.register()
    await visitor.register("eve@example.com")
    visitor.http.cookies.clear()
    answer = await visitor.call(
        "POST", "/auth/login", {"email": "eve@example.com", "password": PASSWORD}
    )
    known = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    visitor.http.cookies.clear()
    await _statuses(visitor, 10)

    refused = await visitor.call(
        "POST", "/auth/login", LOGIN | {"password": PASSWORD}, headers=known
    )

    assert refused.status_code == 429


@pytest.mark.asvs("6.3.1")
@pytest.mark.parametrize(
    ("one", "other"), [("203.0.113.7", "::ffff:203.0.113.7"), ("2001:db8::1", "2001:db8::2:1")]
)
async def test_fifty_guesses_per_address_are_evaluated(
    visitor: Visitor, one: str, other: str
) -> None:
    """Guess once at each of many accounts, from addresses that are one customer's."""
    statuses = []
    for number in range(52):
        guesser = replace(visitor, address=one if number % 2 else other)
        body = LOGIN | {"email": f"user{number}@example.com"}
        statuses.append((await guesser.call("POST", "/auth/login", body)).status_code)

    assert statuses == [401] * 50 + [429] * 2
