"""What a live child says of its orders is checked before it is kept."""

import json

import numpy as np
import pytest

from logic_service.sandbox import frames
from logic_service.sandbox.frames import Kind
from logic_service.sandbox.ledger import LiveLedger, LiveLimitError, LiveResultError
from logic_service.sandbox.transcript import Transcript
from logic_service.sandbox.types import Limits
from naru.engine.orderlog import RECORD, OrderLog
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


def bar(ledger: LiveLedger, step: int, transcript: Transcript) -> None:
    """Take the answer to the bar of a step."""
    ledger.take(step * MINUTE_NS, ROW, transcript)


def test_answers_add_up_to_a_log_that_reads_as_one() -> None:
    ledger = LiveLedger([rising_bars(5)])
    for step in range(5, 30):
        bracket = order(step)
        bracket["sl"], bracket["tag"] = 1.0, step - 4
        cancel = order(step, size=0.0)
        cancel["action"], cancel["side"], cancel["ref"] = 1, 0, 2 * (step - 5) + 1
        records = np.concatenate([bracket, cancel]).tobytes()
        bar(ledger, step, answer({"tags": [f"n{step}"], "start": 5}, records))
    log = ledger.order_log()
    read = OrderLog.from_bytes(log.to_bytes())

    assert len(read) == 50
    assert read.records.tobytes() == ledger.records.tobytes()
    assert read.tags[-1] == "n29"


@pytest.mark.parametrize(
    "transcript",
    [
        answer({"tags": [], "start": 6}),  # after the first order
        answer({"tags": [], "start": 5}, order(step=4).tobytes()),  # before the last
        answer({"tags": ["known"], "start": 5}, order(step=6).tobytes()),
        answer({"tags": [""], "start": 5}, order(step=6).tobytes()),
    ],
)
def test_a_later_answer_that_contradicts_the_first_changes_nothing(transcript: Transcript) -> None:
    ledger = LiveLedger([rising_bars(5)])
    bar(ledger, 5, answer({"tags": ["known"], "start": 5}, order().tobytes()))

    with pytest.raises(LiveResultError):
        bar(ledger, 6, transcript)
    assert ledger.order_log().tags == ("", "known")
    assert len(ledger.records) == 1


def test_a_link_to_an_order_that_was_never_placed_is_refused() -> None:
    ledger = LiveLedger([rising_bars(5)])
    bar(ledger, 5, answer({"tags": [], "start": 5}, order().tobytes()))
    child = order(step=6)
    child["parent"] = 1  # itself

    with pytest.raises(LiveResultError, match="parent"):
        bar(ledger, 6, answer({"tags": [], "start": 5}, child.tobytes()))


def test_orders_of_one_bar_are_bounded() -> None:
    ledger = LiveLedger([rising_bars(5)])
    take(ledger, answer({"tags": [], "start": 5}, order().tobytes() * 5_000))

    with pytest.raises(LiveLimitError, match="more than 5000 orders"):
        bar(ledger, 6, answer({"tags": [], "start": 5}, order(step=6).tobytes() * 5_001))
    assert len(ledger.records) == 5_000


def test_bars_that_were_never_taken_may_be_asked_for_again() -> None:
    ledger = LiveLedger([rising_bars(5)])
    ledger.check(5 * MINUTE_NS, ROW)
    with pytest.raises(ValueError, match="order of time"):
        ledger.check(5 * MINUTE_NS, ROW)
    ledger.rewind()

    ledger.check(5 * MINUTE_NS, ROW)
