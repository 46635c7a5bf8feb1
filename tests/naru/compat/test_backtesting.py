"""Strategies written for Backtesting.py run with their import line changed."""

import numpy as np
import pytest

from naru import OrderArgumentError, ta
from naru import Strategy as KitStrategy
from naru.compat.backtesting import Strategy, barssince, crossover
from tests.naru.engine.scenes import fills, flat, perform, spec_of, walk


def SMA(values, n):
    """A function of the user's own, as Backtesting.py's documentation writes it."""
    return np.convolve(values, np.ones(n) / n, "valid")[-1] if len(values) >= n else np.nan


class SmaCross(Strategy):
    n1 = 5
    n2 = 12

    def init(self):
        self.sma1 = self.I(SMA, self.data.Close, self.n1)
        self.sma2 = self.I(SMA, self.data.Close, self.n2, name="slow", overlay=True)

    def next(self):
        if crossover(self.sma1, self.sma2):
            self.buy(size=0.9)
        elif crossover(self.sma2, self.sma1):
            self.position.close()


class KitSmaCross(KitStrategy):
    warmup = 12

    def init(self):
        self.fast = self.indicator(ta.sma, self.data.close, 5)
        self.slow = self.indicator(ta.sma, self.data.close, 12)

    def on_bar(self):
        if ta.crossover(self.fast, self.slow):
            self.buy(percent=0.9)
        elif ta.crossover(self.slow, self.fast):
            self.position.close()


def test_a_ported_class_trades_as_one_of_the_kit() -> None:
    market = walk(400, 2)
    _, ported = perform(SmaCross, market, commission_bps=10)
    _, native = perform(KitSmaCross, market, commission_bps=10)

    assert len(ported.fills) > 10
    assert fills(ported) == fills(native)


def test_class_attributes_are_its_parameters() -> None:
    spec = spec_of(SmaCross)

    assert spec.style == "ported"
    assert spec.coerce_params({"n1": "7"}) == {"n1": 7, "n2": 12}


def test_it_begins_one_bar_after_the_indicators() -> None:
    steps = []

    class Watch(SmaCross):
        def next(self):
            steps.append(len(self.data))

    perform(Watch, flat(15))

    assert steps == [13, 14, 15]


def test_positions_and_trades_have_their_names() -> None:
    seen = []

    class Look(Strategy):
        def next(self):
            if len(self.data) == 2:
                self.buy(size=3)
            if len(self.data) == 4:
                trade = self.trades[0]
                seen.append((self.position.size, self.position.pl, self.position.pl_pct,
                             trade.size, trade.entry_bar, trade.is_long))  # fmt: skip
                self.position.close()
            if len(self.data) == 6:
                seen.append((bool(self.position), len(self.closed_trades)))

    perform(Look, flat(7))

    assert seen == [(3.0, 0.0, 0.0, 3.0, 2, True), (False, 1)]


@pytest.mark.parametrize("size", [0, -1, 2.5, "1", True])
def test_sizes_are_fractions_or_whole_units(size: object) -> None:
    class Wrong(Strategy):
        def next(self):
            self.buy(size=size)

    with pytest.raises(OrderArgumentError, match="size"):
        perform(Wrong, flat(4))


def test_barssince_counts_back() -> None:
    assert barssince([False, True, False, False]) == 2
    assert barssince([False]) == float("inf")
