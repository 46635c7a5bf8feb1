"""From what a sandboxed run left behind to money: nothing of it is believed."""

from typing import Any

import pytest

from naru.engine.config import RunConfig
from naru.errors import OrderLogError, ReconciliationError
from naru.settling import settle
from tests.naru.engine.scenes import perform, scripted, walk

MARKET = walk(60)
CONFIG = RunConfig(commission_bps=10)
RUN, REPLAY = perform(
    scripted({3: lambda s: s.buy(percent=0.5, sl=90, tp=140), 40: lambda s: s.position.close()}),
    MARKET,
    commission_bps=10,
)
ORDERS, CLAIM = RUN.orders.to_bytes(), RUN.claim().to_dict()


def test_an_honest_run_settles() -> None:
    outcome = settle([MARKET], ORDERS, CLAIM, CONFIG)

    assert outcome.cash == REPLAY.cash
    assert outcome.fills == REPLAY.fills


@pytest.mark.parametrize(
    "lie",
    [
        {"cash": "10001"},
        {"fill_count": 1},
        {"positions": {"X": "1"}},
        {"positions": {"OTHER": "0.00000001"}},
        {"cash": "20000", "tolerance": 1e9},
    ],
)
def test_a_claim_that_differs_is_an_error(lie: dict[str, Any]) -> None:
    with pytest.raises(ReconciliationError):
        settle([MARKET], ORDERS, CLAIM | lie, CONFIG)


@pytest.mark.parametrize(
    "claim",
    [{}, CLAIM | {"cash": "NaN"}, CLAIM | {"cash": None}, CLAIM | {"positions": 5},
     CLAIM | {"fill_count": "many"}, CLAIM | {"tolerance": "inf"}],
)  # fmt: skip
def test_a_claim_that_cannot_be_read_is_an_error(claim: dict[str, Any]) -> None:
    with pytest.raises(ReconciliationError):
        settle([MARKET], ORDERS, claim, CONFIG)


@pytest.mark.parametrize("data", [b"", b"\0" * 64, ORDERS[:-1], ORDERS + b"\0"])
def test_bytes_that_are_no_log_are_an_error(data: bytes) -> None:
    with pytest.raises(OrderLogError):
        settle([MARKET], data, CLAIM, CONFIG)


def test_other_options_come_to_other_money() -> None:
    with pytest.raises(ReconciliationError):
        settle([MARKET], ORDERS, CLAIM, RunConfig(commission_bps=11))


def test_finer_bars_settle_only_what_ran_on_them() -> None:
    """The same log over the same bars and finer ones is another run."""
    slow = walk(40, seed=4, timeframe="5m")
    fine = walk(200, seed=9, timeframe="1m")
    script = {3: lambda s: s.buy(percent=0.5, sl=99.9, tp=100.1), 9: lambda s: s.buy(1, limit=99)}
    run, replay = perform(scripted(script), [slow, fine])

    outcome = settle([slow, fine], run.orders.to_bytes(), run.claim().to_dict(), RunConfig())
    assert outcome.cash == replay.cash
    assert len(outcome.ts) == len(slow)
