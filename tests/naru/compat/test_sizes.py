"""Sizes below 1 are fractions of what is free, and trade by trade as in Backtesting.py.

The trades were recorded with Backtesting.py 0.6.6, which is not installed here: these two classes
over these prices with ``Backtest(..., cash=10_000, margin=1 / leverage, finalize_trades=False)``
and ``exclusive_orders=True`` for the second. All prices of a bar are one, since there what is free
at an open is reckoned with the close of that bar.
"""

import math

import pytest

from naru.compat.backtesting import Strategy
from tests.naru.engine.scenes import bars, ends, fills, flat, perform

PRICES = [round(50 + 9 * math.sin(i / 6) + 4 * math.sin(i / 2.3) + i / 15, 2) for i in range(80)]
MARKET = bars([(price,) * 4 for price in PRICES])


class Pyramid(Strategy):
    """Adds to what it holds, and takes from it."""

    def next(self) -> None:
        count = len(self.data)
        if count % 5 == 0:
            self.buy(size=0.3)
        if count % 7 == 0:
            self.buy(size=0.2)
        if count % 31 == 0:
            self.position.close()
        if count % 31 == 16:
            self.trades[-1].close()
        if count == 53:
            self.sell(size=0.4)


class Exclusive(Strategy):
    """Turns its position with every order."""

    exclusive_orders = True

    def next(self) -> None:
        if len(self.data) % 9 == 0:
            self.buy()
        elif len(self.data) % 9 == 5:
            self.sell()


# (units, the bar of the entry, the bar of the exit)
RECORDED = {
    ("Pyramid", 1): [
        (16, 15, 16), (7, 30, 31), (6, 28, 31), (13, 25, 31), (9, 21, 31), (18, 20, 31),
        (14, 14, 31), (30, 10, 31), (23, 7, 31), (49, 5, 31), (13, 45, 47), (11, 35, 53),
        (7, 60, 62), (6, 56, 62), (12, 55, 62), (11, 50, 62), (8, 49, 62), (12, 42, 62),
        (28, 40, 62), (24, 35, 62), (40, 35, 62), (6, 77, 78),
    ],
    ("Pyramid", 2): [
        (33, 15, 16), (8, 30, 31), (1, 28, 31), (11, 21, 31), (29, 20, 31), (26, 14, 31),
        (57, 10, 31), (47, 7, 31), (99, 5, 31), (32, 45, 47), (13, 35, 53), (7, 60, 62),
        (4, 56, 62), (11, 55, 62), (25, 50, 62), (21, 49, 62), (23, 42, 62), (48, 40, 62),
        (40, 35, 62), (73, 35, 62), (17, 77, 78),
    ],
    ("Exclusive", 1): [
        (-165, 5, 9), (186, 9, 14), (-186, 14, 18), (187, 18, 23), (-187, 23, 27), (220, 27, 32),
        (-220, 32, 36), (208, 36, 41), (-208, 41, 45), (143, 45, 50), (-143, 50, 54),
        (191, 54, 59), (-191, 59, 63), (214, 63, 68), (-214, 68, 72), (151, 72, 77),
    ],
    ("Exclusive", 2): [
        (-331, 5, 9), (392, 9, 14), (-392, 14, 18), (396, 18, 23), (-279, 23, 27), (353, 27, 32),
        (-416, 32, 36), (381, 36, 41), (-409, 41, 45), (216, 45, 50), (-210, 50, 54),
        (316, 54, 59), (-311, 59, 63), (367, 63, 68), (-304, 68, 72), (169, 72, 77),
    ],
}  # fmt: skip


@pytest.mark.parametrize("strategy", [Pyramid, Exclusive])
@pytest.mark.parametrize("leverage", [1, 2])
def test_sizes_are_those_of_backtesting_py(strategy: type[Strategy], leverage: int) -> None:
    _, result = perform(strategy, MARKET, leverage=leverage, instruments={"X": {"lot": 1}})

    found = [
        (int(trade.side * trade.size), trade.entry_step, trade.exit_step)
        for trade in result.trades
        if not trade.is_open
    ]
    assert sorted(found) == sorted(RECORDED[strategy.__name__, leverage])


def test_what_is_free_is_known_when_the_order_fills() -> None:
    class Once(Strategy):
        def next(self) -> None:
            if len(self.data) == 2:
                self.buy(size=0.5)
                self.buy(size=0.5, limit=101)  # waits for nothing, and is second
            if len(self.data) == 4:
                self.sell(size=0.5)

    _, result = perform(Once, flat(6))

    assert fills(result) == [(2, 1, 50.0, 100.0), (2, 1, 25.0, 100.0), (4, -1, 12.5, 100.0)]


def test_nothing_free_buys_nothing() -> None:
    class Greedy(Strategy):
        def next(self) -> None:
            if len(self.data) in (2, 3):
                self.buy()

    _, result = perform(Greedy, flat(6), instruments={"X": {"lot": 1}})

    assert ends(result) == [("filled", None), ("rejected", "insufficient_cash")]
