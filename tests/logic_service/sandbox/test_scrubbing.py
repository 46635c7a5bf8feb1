"""Credentials and addresses do not stay in texts; everything else does."""

import time

import pytest

from logic_service.sandbox.scrubbing import scrub


@pytest.mark.parametrize(
    "secret",
    [
        "sk_live_0123456789abcdef",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "ghp_0123456789abcdefghij0123456789",
        "SG.abcdefghijklmnopqrst.uvwxyz0123456789abcd",
        "Bearer abcdefghijklmnopqrstuvwxyz",
        "api_key=abcdef123456",
        'password: "hunter2hunter2"',
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----",
    ],
)
def test_a_secret_is_replaced(secret: str) -> None:
    scrubbed = scrub(f"before {secret} after")

    assert scrubbed == "before [secret] after"


def test_an_address_is_replaced() -> None:
    assert scrub("<function f at 0x7f6a0fd62ea0>") == "<function f at 0x...>"


@pytest.mark.parametrize(
    "text",
    ["bought 2 at 101.5", "the key is patience", "token", "0x10", "password", "pass 3 of 4", ""],
)
def test_ordinary_texts_stay_verbatim(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    "seed",
    [
        "eyJ",
        "eyJaaaaaaaa.",
        "-eyJ",
        "bearer ",
        "api_key ",
        "-----BEGIN ",
        "sk_live_a ",
        "SG.",
        "0x",
    ],
)
def test_no_text_makes_scrubbing_slow(seed: str) -> None:
    text = (seed * 16_384)[:16_384]
    started_at = time.process_time()
    scrub(text)

    assert time.process_time() - started_at < 0.2
