"""Trade by trade, the engine agrees with independent ones on real bars.

What they did is recorded in ``peers/trades.json`` by ``peers/record.py``. One convention differs:
backtrader's brackets are not alive in their entry's bar, so they are placed a bar later here.
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


STRATEGIES = {
    ("backtesting", "sma"): SmaCross,
    ("backtrader", "sma"): SmaCross,
    ("backtesting", "rsi"): RsiBrackets,
    ("backtrader", "rsi"): LaterBrackets,
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
        STRATEGIES[peer, name], market, cash=1_000_000, commission_bps=10, limit_fill="touch"
    )

    closed = [trade for trade in result.trades if not trade.is_open]
    assert len(closed) == len(RECORDED[case]) > 50
    for trade, (entry, paid, leave, got, size) in zip(closed, RECORDED[case], strict=True):
        assert (trade.entry_step, trade.exit_step, trade.size) == (entry, leave, size)
        assert float(trade.entry_price) == pytest.approx(paid, rel=1e-9)
        assert float(trade.exit_price) == pytest.approx(got, rel=1e-9)
