"""``self.state`` is what any reader of JSON can read, and its size is what it says."""

import json

import pytest

from naru.engine.state import MAX_STATE_BYTES, checked_state, encode_state
from naru.errors import StrategyUseError


def nested(depth: int) -> object:
    """Return a dict that holds lists, ``depth`` levels in all."""
    value: list[object] = []
    for _ in range(depth - 2):
        value = [value]
    return {"x": value}


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"n": 1, "x": [1.5, None, True, {"deep": ["er"]}], "글": "가나다"},
        {"most": 2**64 - 1, "least": -(2**63)},
        nested(100),
        {"x": "가" * (MAX_STATE_BYTES // 3 - 10)},
    ],
)
def test_what_json_can_hold_is_kept(state: dict[str, object]) -> None:
    assert checked_state(state) == state
    assert json.loads(encode_state(state)) == state
    assert len(encode_state(state)) <= MAX_STATE_BYTES


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (nested(101), "nested more than 100 deep"),
        ({"x": 2**64}, "longer than 64 bits"),
        ({"x": -(2**63) - 1}, "longer than 64 bits"),
        ({"x": float("inf")}, "must hold what JSON can"),
        ({"x": "\ud800"}, "characters that are no text"),
        ({"x": object()}, "must hold what JSON can"),
        ([1], "must stay a dict"),
        ({"x": "가" * (MAX_STATE_BYTES // 3)}, "larger than 1 MiB"),
    ],
)
def test_what_others_could_not_read_is_refused(state: object, why: str) -> None:
    with pytest.raises(StrategyUseError, match=why):
        checked_state(state)


def test_keys_become_texts_as_in_json() -> None:
    assert checked_state({1: 2, None: 3}) == {"1": 2, "null": 3}
