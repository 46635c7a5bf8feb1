"""What a live child says of its orders is checked before it is kept."""

import json

import numpy as np
import pytest

from logic_service.sandbox import frames
from logic_service.sandbox.frames import Kind
from logic_service.sandbox.ledger import LiveLedger, LiveResultError
from logic_service.sandbox.transcript import Transcript
from logic_service.sandbox.types import Limits
from naru.engine.orderlog import RECORD
from tests.logic_service.sandbox.conftest import MINUTE_NS, rising_bars

ROW = {"BTC-USD": [104.5, 106.0, 104.0, 105.0, 10.0]}


def order(step: int = 5, size: float = 1.0) -> np.ndarray:
    """Return one market order to buy."""
    record = np.zeros(1, RECORD)
    for name, value in {"step": step, "size": size, "side": 1, "ref": -1}.items():
        record[name] = value
    for name in ("parent", "oco"):
        record[name] = -1
    for name in ("limit", "stop", "trail", "sl", "tp"):
        record[name] = np.nan
    return record


def answer(told: object, records: bytes | None = None, state: bytes | None = None) -> Transcript:
    """Return a child's answer to one bar."""
    transcript = Transcript(Limits(), code_bytes=0)
    if records is not None:
        transcript.feed(frames.encode(Kind.ORDERS, records))
    if state is not None:
        transcript.feed(frames.encode(Kind.STATE, state))
    transcript.feed(frames.encode(Kind.BAR_DONE, json.dumps(told).encode()))
    return transcript


def take(ledger: LiveLedger, transcript: Transcript) -> None:
    ledger.take(5 * MINUTE_NS, ROW, transcript)


def test_a_sound_answer_is_kept() -> None:
    ledger = LiveLedger([rising_bars(5)])
    take(ledger, answer({"tags": [], "start": 5}, order().tobytes(), b'{"n": 1}'))

    assert ledger.records["size"].tolist() == [1.0]
    assert ledger.state == {"n": 1}
    carry = ledger.carry()
    assert carry is not None
    assert carry["step"] == 6
    assert [len(bars) for bars in ledger.history()] == [6]


@pytest.mark.parametrize(
    "transcript",
    [
        answer([]),
        answer({"tags": [], "start": -1}),
        answer({"tags": [], "start": 10**30}),
        answer({"tags": [], "start": True}),
        answer({"tags": [], "start": 5}, b"short"),
        answer({"tags": None, "start": 5}, order().tobytes()),
        answer({"tags": ["x" * 300], "start": 5}, order().tobytes()),
        answer({"tags": ["\x00"], "start": 5}, order().tobytes()),
        answer({"tags": ["a", "a"], "start": 5}, order().tobytes()),
        answer({"tags": ["a"] * 2_000, "start": 5}, order().tobytes()),
        answer({"tags": [], "start": 5}, order(step=6).tobytes()),
        answer({"tags": [], "start": 5}, order(step=4).tobytes()),
        answer({"tags": [], "start": 5}, order(size=float("inf")).tobytes()),
        answer({"tags": [], "start": 5}, order(size=-1.0).tobytes()),
        answer({"tags": [], "start": 5}, None, b"{"),
        Transcript(Limits()),
    ],
)
def test_an_answer_that_lies_changes_nothing(transcript: Transcript) -> None:
    ledger = LiveLedger([rising_bars(5)])

    with pytest.raises(LiveResultError):
        take(ledger, transcript)
    assert len(ledger.records) == 0
    assert ledger.state == {}
    assert ledger.carry() is None
