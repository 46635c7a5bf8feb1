from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from pydantic import SecretStr

from shared.errors import NotAuthenticatedError
from shared.identity import IdentitySigner, Principal

KEY, OTHER_KEY = SecretStr("ab" * 32), SecretStr("cd" * 32)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOMEBODY = Principal(
    "session",
    user_id=UUID(int=1),
    workspace_id=UUID(int=2),
    plan="pro",
    scopes=frozenset({"*"}),
    credential_id=UUID(int=3),
    address="192.0.2.1",
    signed_in_at=1_772_000_000,
)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


def test_what_is_signed_is_read_the_same_each_time() -> None:
    header = IdentitySigner(KEY).sign(SOMEBODY)
    reader = IdentitySigner(KEY)

    assert [reader.verify(header) for _ in range(3)] == [SOMEBODY] * 3


def test_a_header_ends_after_a_minute_though_it_was_read_before(
    clock: time_machine.Traveller,
) -> None:
    signer = IdentitySigner(KEY)
    header = signer.sign(SOMEBODY)
    assert signer.verify(header) == SOMEBODY

    clock.move_to(NOW + timedelta(seconds=61))

    with pytest.raises(NotAuthenticatedError):
        signer.verify(header)
    with pytest.raises(NotAuthenticatedError):
        IdentitySigner(KEY).verify(header)


def test_a_header_with_another_key_or_a_changed_letter_is_refused_each_time() -> None:
    reader = IdentitySigner(KEY)
    header = reader.sign(SOMEBODY)
    body = header.split(".")[1]
    changed = header.replace(body, body[:-2] + ("A" if body[-2] != "A" else "B") + body[-1])
    assert reader.verify(header) == SOMEBODY

    for forged in (IdentitySigner(OTHER_KEY).sign(SOMEBODY), changed):
        for _ in range(2):
            with pytest.raises(NotAuthenticatedError):
                reader.verify(forged)
