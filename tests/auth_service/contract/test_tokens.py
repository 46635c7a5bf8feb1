"""Access tokens: only ours, unchanged and alive."""

import base64
import time
from datetime import timedelta
from statistics import median
from typing import Any

import orjson
import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from auth_service.contract.errors import TokenInvalidError
from auth_service.contract.tokens import (
    REGISTRY,
    TokenKeys,
    UnknownKeyError,
    verify_access_token,
)
from shared.clock import utc_now
from shared.ids import new_id, public_id

KEY = OKPKey.generate_key("Ed25519")
KID = KEY.thumbprint()
KEYS = TokenKeys({"keys": [KEY.as_dict(private=False) | {"kid": KID}]})


def _claims(**changes: Any) -> dict[str, Any]:
    now = utc_now().timestamp()
    claims = {
        "iss": "naru",
        "aud": "naru-api",
        "sub": public_id("usr", new_id()),
        "sid": public_id("ses", new_id()),
        "ws": public_id("ws", new_id()),
        "plan": "free",
        "role": "user",
        "scope": "*",
        "auth_time": int(now),
        "iat": now,
        "exp": int(now) + 1800,
        "jti": "1",
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def _sign(claims: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    fields = {"alg": "EdDSA", "typ": "at+jwt", "kid": KID} | header
    algorithms = None if fields["alg"] == "EdDSA" else [fields["alg"]]
    return jwt.encode(
        {name: value for name, value in fields.items() if value is not None},
        claims,
        key,
        algorithms=algorithms,
        registry=REGISTRY if algorithms is None else None,
        default_type=None,
    )


@pytest.mark.asvs("10.3.2", "10.3.3")
def test_a_token_becomes_a_principal() -> None:
    claims = _claims(plan="premium", role="admin", scope="data:read strategy:read")

    principal = verify_access_token(_sign(claims), KEYS)

    assert principal.kind == "session"
    assert public_id("usr", principal.user_id or new_id()) == claims["sub"]
    assert public_id("ses", principal.credential_id or new_id()) == claims["sid"]
    assert (principal.plan, principal.role) == ("premium", "admin")
    assert principal.scopes == {"data:read", "strategy:read"}
    assert principal.signed_in_at == claims["auth_time"]


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"sub": None},
        {"sub": "mina"},
        {"sid": public_id("usr", new_id())},
        {"ws": 7},
        {"plan": None},
        {"auth_time": "x"},
    ],
)
@pytest.mark.asvs("9.2.1", "9.2.3", "9.2.4", "10.3.1")
def test_claims_of_others_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalidError):
        verify_access_token(_sign(_claims(**change)), KEYS)


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": None}, {"kid": None}, {"kid": "x"}])
@pytest.mark.asvs("9.1.3", "9.2.2")
def test_headers_of_others_are_refused(header: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalidError):
        verify_access_token(_sign(_claims(), **header), KEYS)


def test_a_newer_key_is_told_from_a_forgery() -> None:
    with pytest.raises(UnknownKeyError):
        verify_access_token(_sign(_claims(), kid="newer"), KEYS)


@pytest.mark.asvs("9.2.1")
def test_a_token_dies_after_half_an_hour_give_or_take_the_clocks() -> None:
    token = _sign(_claims())
    with time_machine.travel(utc_now() + timedelta(seconds=1802)):
        verify_access_token(token, KEYS)
    with time_machine.travel(utc_now() + timedelta(seconds=1806)), pytest.raises(TokenInvalidError):
        verify_access_token(token, KEYS)


@pytest.mark.asvs("9.1.2")
def test_the_public_key_is_no_shared_secret() -> None:
    secret = OctKey.import_key(KEY.as_dict(private=False)["x"])
    token = _sign(_claims(), secret, alg="HS256")

    with pytest.raises(TokenInvalidError):
        verify_access_token(token, KEYS)


@pytest.mark.asvs("9.1.1", "9.1.2")
def test_unsigned_tokens_are_refused() -> None:
    header = orjson.dumps({"alg": "none", "typ": "at+jwt", "kid": KID})
    parts = [
        base64.urlsafe_b64encode(part).rstrip(b"=").decode()
        for part in (header, orjson.dumps(_claims()))
    ]

    with pytest.raises(TokenInvalidError):
        verify_access_token(f"{parts[0]}.{parts[1]}.", KEYS)


@pytest.mark.asvs("9.1.1", "7.2.1")
def test_any_changed_character_is_noticed() -> None:
    token = _sign(_claims())
    for place in range(0, len(token) - 2, 7):
        changed = "A" if token[place] != "A" else "B"
        with pytest.raises(TokenInvalidError):
            verify_access_token(token[:place] + changed + token[place + 1 :], KEYS)


@pytest.mark.parametrize(
    "text", ["", "..", "a.b.c", "é.é.é", "x" * 5000, "e30.e30.e30", "\x00.\x00.\x00"]
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalidError):
        verify_access_token(text, KEYS)


def test_a_check_takes_well_below_a_millisecond() -> None:
    token = _sign(_claims())
    times = []
    for _ in range(200):
        start = time.process_time()
        verify_access_token(token, KEYS)
        times.append(time.process_time() - start)

    assert median(times) < 0.001
