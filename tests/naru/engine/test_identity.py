"""Bars one by one give what the whole array gives; splitting and carrying changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru import Strategy, param, ta
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.session import Carry, Session
from tests.naru.engine.scenes import Silence, perform, spec_of, walk


class Everything(Strategy):
    """Uses as much of the kit at once as fits on a page."""

    fast = param(5)

    def init(self):
        close = self.data.close
        self.fast_ma = self.indicator(ta.sma, close, self.fast)
        self.slow_ma = self.indicator(ta.ema, (self.data.high + self.data.low) / 2, 13)
        self.smooth = self.indicator(ta.sma, self.fast_ma, 3)
        self.bands = self.indicator(ta.bollinger, close, 10, 2)
        self.spread = self.indicator(lambda x: x[-1] - x.mean(), close, lookback=7)
        self.slow = self.data.resample("5m")
        self.slow_mean = self.indicator(ta.sma, self.slow.close, 3)
        self.every("15m", self.tidy)

    def tidy(self):
        self.state["tidied"] = self.state.get("tidied", 0) + 1
        for order in self.orders:
            if order.kind == "limit" and order.sl is None and not order.tag:
                order.cancel()
            elif order.kind == "stop_limit":
                order.modify(size=1.5)

    def on_bar(self):
        close = self.data.close[-1]
        if ta.crossover(self.fast_ma, self.slow_ma) and self.slow_mean[-1] < close * 1.01:
            self.buy(percent=0.3, sl=close * 0.99, tp=close * 1.02, tag="in")
        elif ta.crossunder(self.smooth, self.slow_ma) and self.position.is_long:
            self.sell(percent=0.5, reduce_only=True)
        elif close > self.bands.upper[-1]:
            self.sell(value=500, limit=close * 1.003, tif="day")
        elif close < self.bands.lower[-1] and self.spread[-1] < 0:
            self.buy(size=1, stop=close * 1.002, limit=close * 1.004)
        elif len(self.data) % 37 == 0:
            self.sell(size=2, trail=close * 0.004, reduce_only=True)

    def on_fill(self, fill):
        self.state["fills"] = self.state.get("fills", 0) + 1
        if fill.tag == "in" and fill.side == "buy":
            self.log(fill.price)


OPTIONS = {"commission_bps": 5, "slippage_bps": 2, "borrow_bps": 300, "session": "00:00-24:00"}


def head(bars: Bars, count: int) -> Bars:
    columns = (getattr(bars, name)[:count] for name in ("open", "high", "low", "close", "volume"))
    return Bars(bars.symbol, bars.timeframe, bars.ts[:count], *columns)


def push_rest(session: Session, bars: Bars, start: int, stop: int) -> None:
    for row in range(start, stop):
        values = [getattr(bars, name)[row].item() for name in
                  ("open", "high", "low", "close", "volume")]  # fmt: skip
        session.push(int(bars.ts[row]), {bars.symbol: values})


@pytest.mark.parametrize("seed", range(3))
def test_one_by_one_gives_the_same_orders(seed: int) -> None:
    market = walk(700, seed)
    whole, replayed = perform(Everything, market, **OPTIONS)

    session = Session(spec_of(Everything), [head(market, 0)], RunConfig(**OPTIONS), {}, Silence())
    push_rest(session, market, 0, len(market))

    assert len(whole.orders) > 20
    assert session.order_log().to_bytes() == whole.orders.to_bytes()
    assert list(session.fills) == list(replayed.fills)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 249))
def test_splitting_and_carrying_gives_the_same(seed: int, cut: int) -> None:
    market = walk(250, seed)
    config = RunConfig(**OPTIONS)
    first = Session(spec_of(Everything), [head(market, 0)], config, {}, Silence())
    push_rest(first, market, 0, cut)
    left = first.carry()
    data = left.orders.to_bytes()
    carried = Carry(type(left.orders).from_bytes(data), left.state, left.step)

    second = Session(spec_of(Everything), [head(market, cut)], config, {}, Silence(), carried)
    push_rest(second, market, cut, 250)

    whole, _ = perform(Everything, market, **OPTIONS)
    assert second.order_log().to_bytes() == whole.orders.to_bytes()
    assert second.carry().state == whole.state


def test_history_is_seen_but_not_acted_on() -> None:
    market = walk(300)
    session = Session(spec_of(Everything), [head(market, 200)], RunConfig(), {}, Silence())

    assert session.push(int(market.ts[200]), {"X": [100.0, 101.0, 99.0, 100.0, 5.0]}) is not None
    assert all(record[0] >= 200 for record in session.order_log().records.tolist())


def test_bars_out_of_order_are_refused() -> None:
    market = walk(10)
    session = Session(spec_of(Everything), [market], RunConfig(), {}, Silence())

    with pytest.raises(ValueError, match="order of time"):
        session.push(int(market.ts[-1]), {"X": [1.0] * 5})


def test_two_runs_are_equal_to_the_byte() -> None:
    market = walk(500, 3)
    first, one = perform(Everything, market, **OPTIONS)
    second, two = perform(Everything, market, **OPTIONS)

    assert first.orders.to_bytes() == second.orders.to_bytes()
    assert np.array_equal(one.equity, two.equity)
    assert one.fills == two.fills
