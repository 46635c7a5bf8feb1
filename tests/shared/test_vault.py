"""Sealed secrets open where they belong, under the right key, unchanged; and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.vault import Vault, VaultError

OLD, NEW = SecretStr("01" * 32), SecretStr("02" * 32)
CONTEXT = st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=4)


@given(secret=st.binary(max_size=200), context=CONTEXT)
def test_what_is_sealed_opens_in_its_place(secret: bytes, context: list[str]) -> None:
    vault = Vault(NEW)

    sealed = vault.seal(secret, *context)

    assert vault.open(sealed, *context) == secret


@given(one=CONTEXT, other=CONTEXT)
def test_it_opens_in_no_other_place(one: list[str], other: list[str]) -> None:
    vault = Vault(NEW)
    sealed = vault.seal(b"secret", *one)
    if one == other:
        return

    with pytest.raises(VaultError):
        vault.open(sealed, *other)


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    vault = Vault(NEW)
    sealed = vault.seal(b"a broker's secret", "broker", "ws", "1")
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.integers(1, 255))

    changed = sealed[:place] + bytes([sealed[place] ^ other]) + sealed[place + 1 :]

    with pytest.raises(VaultError):
        vault.open(changed, "broker", "ws", "1")


@given(st.binary(max_size=120))
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(VaultError):
        Vault(NEW).open(garbage, "broker")


def test_the_same_secret_never_looks_the_same() -> None:
    vault = Vault(NEW)

    assert vault.seal(b"x", "a") != vault.seal(b"x", "a")


def test_old_keys_open_and_new_keys_take_over_without_touching_the_ciphertext() -> None:
    sealed = Vault(OLD).seal(b"secret", "a", "b")
    vault = Vault(NEW, [OLD])
    assert not vault.is_current(sealed)

    again = vault.rewrap(sealed, "a", "b")

    assert vault.is_current(again)
    assert again[-30:] == sealed[-30:]
    assert Vault(NEW).open(again, "a", "b") == b"secret"
    with pytest.raises(VaultError):
        Vault(NEW).open(sealed, "a", "b")
    with pytest.raises(VaultError):
        vault.rewrap(sealed, "a", "c")


def test_a_place_has_to_be_named() -> None:
    with pytest.raises(ValueError, match="belongs somewhere"):
        Vault(NEW).seal(b"secret")
