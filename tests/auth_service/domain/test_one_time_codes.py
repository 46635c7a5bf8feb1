"""Codes as RFC 6238 computes them, each good once."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from auth_service.domain.one_time_codes import (
    enrollment_uri,
    find_step,
    new_recovery_code,
    spell_secret,
)

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("now_s", "code"),
    # RFC 6238, appendix B, SHA-1; the last six of its eight digits.
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_agree_with_the_rfc(now_s: int, code: str) -> None:
    assert find_step(SECRET, code, now_s, 0) == now_s // 30


@pytest.mark.asvs("6.5.5")
def test_a_code_is_good_for_its_step_and_one_either_way() -> None:
    step = 1111111109 // 30
    for offset, found in ((-2, None), (-1, step), (0, step), (1, step), (2, None)):
        assert find_step(SECRET, "081804", (step + offset) * 30, 0) == found


@pytest.mark.asvs("6.5.1")
def test_a_used_step_is_no_longer_good() -> None:
    assert find_step(SECRET, "287082", 59, 1) is None
    assert find_step(SECRET, "287082", 59, 0) == 1


def test_the_uri_says_what_an_authenticator_needs() -> None:
    uri = urlsplit(enrollment_uri(SECRET, "mina@example.com"))

    query = parse_qs(uri.query)
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Naru:mina%40example.com")
    assert base64.b32decode(query["secret"][0]) == SECRET
    assert spell_secret(SECRET) == query["secret"][0]


@pytest.mark.asvs("6.5.2", "6.5.3", "6.5.4")
def test_recovery_codes_differ_and_have_a_hundred_and_twenty_bits() -> None:
    codes = {new_recovery_code() for _ in range(100)}

    assert len(codes) == 100
    assert {len(code) for code in codes} == {27}
    assert {character for code in codes for character in code} <= set(
        "abcdefghijklmnopqrstuvwxyz234567-"
    )
