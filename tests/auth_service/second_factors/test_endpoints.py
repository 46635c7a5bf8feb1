"""Two-factor sign-in and step-up."""

import asyncio
import base64
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import text

from auth_service.client import AuthClient
from auth_service.contract.accounts import TokenPair
from auth_service.deps import AuthDeps
from shared.clock import utc_now
from tests.auth_service.visitor import PASSWORD, Visitor, mailed_token

LOGIN = {"email": "mina@example.com", "password": PASSWORD}


class Phone:
    """An authenticator app; every code is of a later step, as if time had passed."""

    def __init__(self, secret: str) -> None:
        self.secret = base64.b32decode(secret + "=" * (-len(secret) % 8))

    def code(self) -> str:
        """Return the code that the app shows now."""
        totp = TOTP(self.secret, 6, SHA1(), 30)
        return totp.generate(int(utc_now().timestamp())).decode()


async def _enroll(mina: Visitor) -> tuple[Phone, list[str]]:
    enrollment = (await mina.call("POST", "/auth/mfa/enroll")).json()
    phone = Phone(enrollment["secret"])
    answer = await mina.call("POST", "/auth/mfa/verify", {"code": phone.code()})
    assert answer.status_code == 200, answer.text
    return phone, answer.json()["recovery_codes"]


@pytest.mark.asvs("6.3.4", "6.5.1", "6.6.2")
async def test_signing_in_takes_a_code_once_enrolled(visitor: Visitor) -> None:
    mina = await visitor.register()
    with time_machine.travel(utc_now(), tick=False) as now:
        phone, codes = await _enroll(mina)
        assert len(set(codes)) == 10
        now.shift(30)

        wanted = await visitor.call("POST", "/auth/login", LOGIN)
        assert (wanted.status_code, wanted.json()["code"]) == (401, "second-factor-required")
        body = {"login_token": wanted.json()["login_token"], "code": phone.code()}
        signed_in = await visitor.call("POST", "/auth/mfa/verify", body)
        replayed = await visitor.call("POST", "/auth/mfa/verify", body)
        TokenPair.model_validate(signed_in.json())
        assert replayed.status_code == 422

        same_code = await visitor.call("POST", "/auth/login", LOGIN | {"code": phone.code()})
        assert (same_code.status_code, same_code.json()["code"]) == (401, "second-factor-wrong")
        now.shift(30)
        at_once = await visitor.call("POST", "/auth/login", LOGIN | {"code": phone.code()})
        assert at_once.status_code == 200


async def test_a_wrong_password_never_asks_for_a_code(visitor: Visitor) -> None:
    mina = await visitor.register()
    await _enroll(mina)

    answer = await visitor.call("POST", "/auth/login", LOGIN | {"password": "x", "code": "123456"})

    assert answer.json()["code"] == "login-failed"


@pytest.mark.asvs("6.5.1", "6.5.2")
async def test_each_recovery_code_works_once(visitor: Visitor) -> None:
    _, codes = await _enroll(await visitor.register())

    first = await visitor.call("POST", "/auth/login", LOGIN | {"code": codes[0]})
    again = await visitor.call("POST", "/auth/login", LOGIN | {"code": codes[0]})
    other = await visitor.call("POST", "/auth/login", LOGIN | {"code": codes[1]})

    assert [first.status_code, again.status_code, other.status_code] == [200, 401, 200]


@pytest.mark.asvs("6.3.1", "6.6.3")
async def test_strangers_codes_do_not_lock_the_owners_device_out(visitor: Visitor) -> None:
    with time_machine.travel(utc_now(), tick=False) as now:
        phone, _ = await _enroll(await visitor.register())
        known = {"Cookie": f"naru_device={visitor.http.cookies['naru_device']}"}
        visitor.http.cookies.clear()
        now.shift(30)
        for _ in range(10):
            wrong = await visitor.call("POST", "/auth/login", LOGIN | {"code": "000000"})
            assert wrong.status_code == 401

        body = LOGIN | {"code": phone.code()}
        elsewhere = await visitor.call("POST", "/auth/login", body)
        own = await visitor.call("POST", "/auth/login", body, headers=known)

    assert (elsewhere.status_code, own.status_code) == (429, 200)


@pytest.mark.asvs("6.6.3")
async def test_ten_wrong_codes_are_evaluated(visitor: Visitor) -> None:
    await _enroll(await visitor.register())
    wanted = (await visitor.call("POST", "/auth/login", LOGIN)).json()["login_token"]

    statuses = [
        (
            await visitor.call(
                "POST", "/auth/mfa/verify", {"login_token": wanted, "code": f"{number:06}"}
            )
        ).status_code
        for number in range(12)
    ]

    assert statuses == [401] * 10 + [429] * 2


async def test_nothing_changes_before_a_code_confirms(visitor: Visitor) -> None:
    mina = await visitor.register()
    await mina.call("POST", "/auth/mfa/enroll")
    wrong = await mina.call("POST", "/auth/mfa/verify", {"code": "000000"})

    assert wrong.status_code == 401
    await visitor.sign_in()


async def test_a_second_authenticator_does_not_replace_the_first(visitor: Visitor) -> None:
    mina = await visitor.register()
    await _enroll(mina)

    again = await mina.call("POST", "/auth/mfa/enroll")

    assert (again.status_code, again.json()["code"]) == (409, "second-factor-exists")


async def test_disabling_takes_a_code(visitor: Visitor) -> None:
    mina = await visitor.register()
    _, codes = await _enroll(mina)

    wrong = await mina.call("POST", "/auth/mfa/disable", {"code": "aaaaaa-aaaaaa-aaaaaa-aaaaaa"})
    right = await mina.call("POST", "/auth/mfa/disable", {"code": codes[3]})

    assert (wrong.status_code, right.status_code) == (401, 204)
    await visitor.sign_in()


@pytest.mark.asvs("6.4.3", "6.4.4")
async def test_a_new_password_does_not_get_round_the_second_factor(
    visitor: Visitor, client: AuthClient
) -> None:
    await _enroll(await visitor.register())
    await visitor.call("POST", "/auth/password/forgot", {"email": "mina@example.com"})
    body = {"token": await mailed_token(client, "reset_password"), "password": "granite-heron-77"}
    assert (await visitor.call("POST", "/auth/password/reset", body)).status_code == 204

    answer = await visitor.call("POST", "/auth/login", LOGIN | {"password": "granite-heron-77"})

    assert answer.json()["code"] == "second-factor-required"


async def test_the_secret_is_sealed_at_rest(visitor: Visitor, deps: AuthDeps) -> None:
    mina = await visitor.register()
    phone, codes = await _enroll(mina)

    async with deps.units_of_work() as work:
        rows = await work.session.scalars(
            text(
                "SELECT t::text FROM auth.totp t "
                "UNION ALL SELECT r::text FROM auth.recovery_codes r"
            )
        )
        kept = "\n".join(rows)

    assert phone.secret.hex() not in kept
    assert not any(code in kept for code in codes)


@pytest.mark.parametrize("body", [{}, {"code": "12345"}, {"code": "ABCDE-FGHIJ"}, {"code": 123456}])
async def test_bad_codes_are_malformed(visitor: Visitor, body: dict[str, object]) -> None:
    mina = await visitor.register()

    assert (await mina.call("POST", "/auth/mfa/verify", body)).status_code == 422


async def test_codes_of_nobody_are_refused(visitor: Visitor) -> None:
    body = {"code": "123456"}

    assert (await visitor.call("POST", "/auth/mfa/verify", body)).status_code == 401
    assert (await visitor.call("POST", "/auth/mfa/enroll")).status_code == 401
    assert (await visitor.call("POST", "/auth/mfa/disable", body)).status_code == 401


@pytest.mark.asvs("7.5.1", "7.2.4", "10.3.4")
async def test_old_sign_ins_have_to_step_up_for_a_key(visitor: Visitor) -> None:
    mina = await visitor.register()
    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        late = await mina.call("POST", "/api-keys", {})
        assert (late.status_code, late.json()["code"]) == (403, "step-up-required")
        wrong = await mina.call("POST", "/auth/step-up", {"password": "not-it"})
        assert wrong.status_code == 401

        fresh = await mina.call("POST", "/auth/step-up", {"password": PASSWORD})
        assert mina.pair is not None
        token = fresh.json()["access_token"]
        mina = await mina.holding(mina.pair.model_copy(update={"access_token": token}))
        assert (await mina.call("POST", "/api-keys", {})).status_code == 201


async def test_stepping_up_takes_the_second_factor_where_there_is_one(visitor: Visitor) -> None:
    mina = await visitor.register()
    _, codes = await _enroll(mina)

    by_password = await mina.call("POST", "/auth/step-up", {"password": PASSWORD})
    by_code = await mina.call("POST", "/auth/step-up", {"code": codes[0]})

    assert (by_password.status_code, by_code.status_code) == (401, 200)


@pytest.mark.parametrize("body", [{}, {"password": "x", "code": "123456"}])
async def test_stepping_up_takes_one_proof(visitor: Visitor, body: dict[str, str]) -> None:
    mina = await visitor.register()

    assert (await mina.call("POST", "/auth/step-up", body)).status_code == 422


async def test_enrolling_many_times_at_once_is_no_failure(visitor: Visitor) -> None:
    person = await visitor.register()

    answers = await asyncio.gather(*(person.call("POST", "/auth/mfa/enroll") for _ in range(8)))

    assert [answer.status_code for answer in answers] == [200] * 8
