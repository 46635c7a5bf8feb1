"""Trade by trade, the engine agrees with independent ones on real bars.

What they did is recorded in ``peers/trades.json`` by ``peers/record.py``. Three conventions differ:
- backtrader's brackets are not alive in their entry's bar, so they are placed a bar later here;
- NautilusTrader keeps cash in cents, so a size that follows from it may be off by a unit;
- it fills brackets at their own price where a bar opens beyond it, and at that open nobody could
  have traded at that price: here it is the open.
"""

import json
from pathlib import Path

import pytest

from naru import Strategy, ta
from naru.bars import Bars
from shared.bar_files import read_bars
from tests.naru.engine.scenes import perform

MARKET = Path(__file__).parents[4] / "shared/data/market"
RECORDED = json.loads((Path(__file__).parent / "peers/trades.json").read_text())
COLUMNS = ("ts", "open", "high", "low", "close", "volume")


class SmaCross(Strategy):
    warmup = 50

    def init(self):
        self.fast = self.indicator(ta.sma, self.data.close, 20)
        self.slow = self.indicator(ta.sma, self.data.close, 50)

    def on_bar(self):
        if ta.crossover(self.fast, self.slow):
            self.buy(int(0.9 * self.equity / self.data.close[-1]))
        elif ta.crossover(self.slow, self.fast):
            self.position.close()


class RsiBrackets(Strategy):
    def init(self):
        self.rsi = self.indicator(ta.rsi, self.data.close, 14)

    def on_bar(self):
        if not self.position and self.rsi[-1] < 35:
            price = self.data.close[-1]
            self.enter(int(0.9 * self.equity / price), price * 0.93, price * 1.09)

    def enter(self, size, sl, tp):
        self.buy(size, sl=sl, tp=tp)


class LaterBrackets(RsiBrackets):
    def enter(self, size, sl, tp):
        self.levels = sl, tp
        self.buy(size)

    def on_fill(self, fill):
        if fill.side == "buy":
            stop = self.sell(fill.size, stop=self.levels[0])
            self.sell(fill.size, limit=self.levels[1], oco=stop)


class FixedBrackets(RsiBrackets):
    def enter(self, size, sl, tp):
        self.buy(1_000, sl=round(sl, 2), tp=round(tp, 2))


STRATEGIES = {
    ("backtesting", "sma"): SmaCross,
    ("backtrader", "sma"): SmaCross,
    ("backtesting", "rsi"): RsiBrackets,
    ("backtrader", "rsi"): LaterBrackets,
    ("nautilus", "sma"): SmaCross,
    ("nautilus", "rsi"): FixedBrackets,
}
CONVENTIONS = {
    "backtesting": {},
    "backtrader": {},
    "nautilus": {"fill": "same_close", "intrabar": "optimistic"},  # open, high, low, close
}


@pytest.mark.parametrize("case", RECORDED)
def test_trades_are_those_of_the_peer(case: str) -> None:
    peer, name, file = case.split()
    path = MARKET / f"{file}.parquet"
    if not path.exists():
        pytest.skip(f"no market data: {file} is not there")
    bars = read_bars(path, "X").bars
    market = Bars("X", bars.timeframe, *(getattr(bars, column)[:6_000] for column in COLUMNS))

    _, result = perform(
        STRATEGIES[peer, name],
        market,
        cash=1_000_000,
        commission_bps=10,
        limit_fill="touch",
        **CONVENTIONS[peer],
    )

    closed = [trade for trade in result.trades if not trade.is_open]
    assert len(closed) == len(RECORDED[case]) > 50
    gaps = 0
    for trade, (entry, paid, leave, got, size) in zip(closed, RECORDED[case], strict=True):
        assert (trade.entry_step, trade.exit_step) == (entry, leave)
        assert abs(trade.size - size) <= (peer == "nautilus" and name == "sma")
        assert float(trade.entry_price) == pytest.approx(paid, rel=1e-9)
        if peer == "nautilus" and name == "rsi" and float(trade.exit_price) != got:
            gaps += 1
            _check_gap(market, leave, float(trade.exit_price), got)
        else:
            assert float(trade.exit_price) == pytest.approx(got, rel=1e-9)
    assert gaps < len(closed) / 4


def _check_gap(market: Bars, row: int, ours: float, theirs: float) -> None:
    """The bar opens where we fill, and never trades on the way from the close before to there."""
    opened, before = market.open[row], market.close[row - 1]
    assert ours == pytest.approx(opened, rel=1e-9)
    assert min(before, opened) <= theirs <= max(before, opened)
