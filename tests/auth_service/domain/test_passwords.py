"""Which passwords are refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.domain.passwords import find_weakness

EMAIL = "mina.park@example.com"


@pytest.mark.asvs("6.2.4", "6.2.11")
@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("password", "well-known"),
        ("Password1!", "well-known"),
        ("P@ssw0rd", "well-known"),
        ("iloveyou2", "well-known"),
        ("welcome2024", "well-known"),
        ("monkeymonkey", "well-known"),
        ("!!letmein!!", "well-known"),
        ("1qaz2wsx", "sequence"),
        ("12345678", "sequence"),
        ("87654321", "sequence"),
        ("qwertyuiop1", "sequence"),
        ("aaaaaaaaaaaa", "repetitive"),
        ("abababababab", "repetitive"),
        ("mina.park", "contains-address"),
        ("mina.park123", "contains-address"),
        ("example2026", "contains-address"),
        ("backtest1", "well-known"),
        ("Strategy!", "well-known"),
    ],
)
def test_what_guessers_try_first_is_refused(password: str, weakness: str) -> None:
    assert find_weakness(password, EMAIL) == weakness


@pytest.mark.asvs("6.2.5", "6.2.9")
@pytest.mark.parametrize(
    "password",
    [
        "moraine-candle-42-otter",
        "correct horse battery",
        "비밀번호는길게씁니다",
        "nothing but lower case",
        "4815162342108",
        "S3cure-Passw0rd!",
        "one two three four " * 10,
    ],
)
def test_length_is_enough_whatever_the_characters(password: str) -> None:
    assert find_weakness(password, EMAIL) is None


@given(st.text(min_size=1, max_size=256))
def test_any_text_gets_an_answer(password: str) -> None:
    find_weakness(password, EMAIL)


def test_long_passwords_take_no_longer() -> None:
    start = time.process_time()
    find_weakness("ab" * 64 + "9x" * 64, EMAIL)
    assert time.process_time() - start < 0.5
