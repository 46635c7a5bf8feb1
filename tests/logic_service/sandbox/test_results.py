"""What a child left behind is an answer only where all of it adds up."""

import json
import struct

import pytest

from logic_service.sandbox import frames
from logic_service.sandbox.control import EXITED, Report
from logic_service.sandbox.frames import Kind, OutputLimitError
from logic_service.sandbox.results import Answer, execution
from logic_service.sandbox.supervision import Outcome
from logic_service.sandbox.transcript import Transcript
from logic_service.sandbox.types import Execution, Limits, Verdict
from naru.engine.orderlog import Mode, OrderLog

CLAIM = {"cash": "1", "positions": {}, "fill_count": 0, "tolerance": 0.0}


def targets(
    count: int, start: int = 0, step: int = 4, value: float = 0.5, symbol: int = 0
) -> bytes:
    steps = struct.pack(f"<{count}q", *(step + each for each in range(count)))
    values, symbols = struct.pack("<d", value) * count, struct.pack("<i", symbol) * count
    sort = struct.pack("<Bbi", Mode.TARGET_PERCENT, 0, 0)
    head = struct.pack("<qIIIH", start, count, 1, 1, 0) + sort
    return head + steps + values + symbols + bytes(2 * count)


def answer_of(*sent: tuple[Kind, bytes]) -> Execution:
    transcript = Transcript(Limits())
    for kind, payload in (
        *sent,
        (Kind.CLAIM, json.dumps(CLAIM).encode()),
        (Kind.STATE, b"null"),
        (Kind.DONE, b""),
    ):
        transcript.feed(frames.encode(kind, payload))
    outcome = Outcome(Verdict.OK, None, Report(EXITED, 1, 0))
    return execution(Answer(transcript, outcome, 0.0), {})


def test_targets_are_orders_to_all_that_follow() -> None:
    done = answer_of((Kind.SHORT_ORDERS, targets(3)))

    assert done.verdict is Verdict.OK
    log = OrderLog.from_bytes(done.orders)
    assert log.records["step"].tolist() == [4, 5, 6]
    assert log.records["size"].tolist() == [0.5] * 3


@pytest.mark.parametrize(
    "forged",
    [
        targets(3)[:-1],
        targets(3, start=-1),
        targets(3, start=9),  # asked before the strategy acted
        targets(3, step=-7),
        targets(3, value=float("nan")),
        targets(3, value=1e300),
        targets(3, symbol=-1),
    ],
)
def test_forged_targets_end_the_run_as_a_lie(forged: bytes) -> None:
    done = answer_of((Kind.SHORT_ORDERS, forged))

    assert done.verdict is Verdict.CRASHED
    assert done.problem is not None
    assert done.problem.code == "channel-forged"
    assert done.orders == b""


def test_a_run_leaves_orders_or_targets() -> None:
    orders = (Kind.ORDERS, OrderLog.from_records(0, [], [""]).to_bytes())

    assert answer_of(orders).verdict is Verdict.OK
    for sent in ((), (orders, (Kind.SHORT_ORDERS, targets(3)))):
        assert answer_of(*sent).verdict is Verdict.CRASHED


def test_targets_count_as_the_orders_they_become() -> None:
    limits = Limits(output_bytes=10_000)
    Transcript(limits).feed(frames.encode(Kind.SHORT_ORDERS, targets(100)))
    with pytest.raises(OutputLimitError, match="of orders"):
        Transcript(limits).feed(frames.encode(Kind.SHORT_ORDERS, targets(110)))
