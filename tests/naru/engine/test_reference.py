"""The engine and a plain simulator of the written conventions agree on every fill and every end."""

import random
from typing import Any

import pytest

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.replay import Replay
from naru.engine.session import Session
from tests.naru.engine.reference_scripts import (
    HOLDING,
    OPTIONS,
    Ask,
    asking,
    by_engine,
    compared,
    drawn,
    in_money,
    quarters,
    script,
    several,
)
from tests.naru.engine.scenes import Silence, bars, spec_of
from tests.naru.engine.test_live import push_from, upto


@pytest.mark.parametrize("seed", range(150))
def test_every_fill_and_every_end_is_as_the_conventions_say(seed: int) -> None:
    chance = random.Random(seed)
    series = {"X": quarters(chance, 40)}
    asks = script(chance, series)

    engine, reference = compared(series, asks, drawn(chance, OPTIONS))

    assert engine == reference


@pytest.mark.parametrize("seed", range(150))
def test_so_it_is_with_several_instruments_and_all_that_holding_them_brings(seed: int) -> None:
    chance = random.Random(seed)
    series, actions = several(chance, 40)
    asks = script(chance, series, wide=True)

    engine, reference = compared(
        series, asks, drawn(chance, OPTIONS | HOLDING) | {"actions": actions}
    )

    assert engine == reference


@pytest.mark.parametrize("seed", [*range(100), 2618])
def test_so_it_is_with_whole_units_that_money_buys(seed: int) -> None:
    chance = random.Random(seed)
    series, actions = several(chance, 40)
    asks = in_money(chance, script(chance, series, wide=True))
    dividends = [action for action in actions if "dividend" in action]
    options = drawn(chance, OPTIONS | HOLDING) | {"actions": dividends}
    rules = options.pop("instruments", {"*": {}})["*"] | {"lot": 1}

    engine, reference = compared(series, asks, options | {"instruments": {"*": rules}})

    assert engine == reference


@pytest.mark.parametrize("seed", range(40))
def test_a_live_session_comes_to_the_same(seed: int) -> None:
    chance = random.Random(seed)
    series, actions = several(chance, 40)
    asks = script(chance, series, wide=True)
    options = drawn(chance, OPTIONS | HOLDING) | {"actions": actions}
    bars_of = list(series.values())
    replayed, _ = by_engine(bars_of, asks, options)

    first = min(int(each.ts[0]) for each in bars_of)
    last = max(int(each.ts[-1]) for each in bars_of)
    live = Session(
        spec_of(asking(asks, {})), upto(bars_of, first), RunConfig(**options), {}, Silence(),
        in_step=False,
    )  # fmt: skip
    push_from(live, bars_of, first, last + 1)

    assert list(live.fills) == list(replayed.fills)


def slower(fine: Bars, count: int) -> Bars:
    """Make bars of so many bars each."""
    firsts = range(0, len(fine), count)
    rows = [
        (fine.open[first], fine.high[first : first + count].max(),
         fine.low[first : first + count].min(), fine.close[first + count - 1])
        for first in firsts
    ]  # fmt: skip
    return bars(rows, timeframe="1d")


def timeless(asks: list[Ask]) -> list[Ask]:
    """Leave out what counts bars: lifetimes, trails, and market orders that wait for a fill."""
    kept: list[Ask] = []
    for step, what, label, asked in asks:
        priced = {"limit", "stop"} & set(asked)
        known = {other for _, does, other, _ in kept if does != "cancel"}
        wanted = {
            name: value
            for name, value in asked.items()
            if name not in ("tif", "until", "post_only", "sl_trail")
            and (name != "parent" or (priced and value in known))
            and (name != "oco" or value in known)
        }
        if "trail" not in asked and "trail_percent" not in asked:
            kept.append((step, what, label, wanted))
    known = {label for _, what, label, _ in kept if what != "cancel"}
    return [ask for ask in kept if ask[2] in known]


@pytest.mark.parametrize("seed", range(60))
def test_finer_bars_decide_as_a_run_on_them_does(seed: int) -> None:
    chance = random.Random(seed)
    fine = quarters(chance, 160)
    market = slower(fine, 4)
    asks = timeless(script(chance, {"X": market}))
    options = drawn(chance, OPTIONS) | {"fill": "next_open", "volume_share": None}

    decided, labels = by_engine([market, fine], asks, options)
    late = [(4 * step + 3, what, label, asked) for step, what, label, asked in asks]
    whole, _ = by_engine([fine], late, options)

    def facts(outcome: Replay, count: int) -> list[Any]:
        return [
            (fill.step // count, labels[fill.order_id], fill.side, fill.quantity, fill.price)
            for fill in outcome.fills
        ]

    assert facts(decided, 1) == facts(whole, 4)
