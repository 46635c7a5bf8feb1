"""A live session at work: symbols that come and go, slower and finer bars, timers, restarts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from naru import Strategy, ta
from naru.bars import COLUMNS, Bars
from naru.engine.config import RunConfig
from naru.engine.events import EventRun
from naru.engine.market import Market
from naru.engine.resampling import Resampled, resample
from naru.engine.session import Carry, Session
from naru.series import LIVE_BLOCK
from tests.naru.engine.scenes import START, Silence, perform, spec_of, walk

MINUTE = 60_000_000_000
OPTIONS: dict[str, Any] = {
    "commission_bps": 5,
    "borrow_bps": 300,
    "session": "00:30-02:00",
    "leverage": 2,
}


class Basket(Strategy):
    """Trades two symbols by their slower bars, with brackets, and tidies up before the close."""

    warmup = 20

    def init(self):
        self.slow = {name: self.data[name].resample("15m") for name in self.data.symbols}
        self.hours = self.data.resample("1h")
        self.mean = self.indicator(ta.sma, self.slow["A"].close, 3)
        self.every("at_open", self.morning)
        self.every("before_close:7m", self.evening)
        self.every("1h", self.hourly)

    def morning(self):
        self.state["mornings"] = self.state.get("mornings", 0) + 1
        self.buy(percent=0.2, symbol="B", tag="morning")

    def evening(self):
        self.positions["B"].close(tag="evening")

    def hourly(self):
        if not len(self.hours):  # A has no bar yet that ends the first hour, though B has
            return
        self.state["hours"] = [*self.state.get("hours", []), round(self.hours.close[-1], 4)][-3:]

    def on_bar(self):
        close = self.data["A"].close[-1]
        step = len(self.hours) * 100 + len(self.slow["B"])
        if not self.position and self.slow["A"].close[-1] < self.mean[-1]:
            self.buy(percent=0.4, sl=close * 0.996, tp=close * 1.006)
        elif step % 7 == 0 and self.data["B"].close[-1] > self.slow["B"].close[-1]:
            self.sell(percent=0.1, symbol="B", trail_percent=0.003)


def thinned(bars: Bars, keep: np.ndarray) -> Bars:
    return Bars(
        bars.symbol, bars.timeframe, *(np.ascontiguousarray(getattr(bars, name)[keep])
        for name in COLUMNS)
    )  # fmt: skip


def markets(seed: int, count: int) -> list[Bars]:
    """Make two symbols, each with some bars missing."""
    chance = np.random.default_rng(seed)
    both = [walk(count, seed=seed, symbol="A"), walk(count, seed=seed + 1, symbol="B")]
    return [thinned(each, chance.random(count) < share) for each, share in
            zip(both, (0.97, 0.8), strict=True)]  # fmt: skip


def upto(series: Sequence[Bars], ts: int) -> list[Bars]:
    return [thinned(each, each.ts < ts) for each in series]


def push_from(session: Session, series: Sequence[Bars], start: int, stop: int) -> None:
    """Push what has its open within [start, stop), instant by instant."""
    instants = np.unique(np.concatenate([each.ts for each in series]))
    for ts in instants[(instants >= start) & (instants < stop)].tolist():
        rows = {}
        for each in series:
            row = int(np.searchsorted(each.ts, ts))
            if row < len(each) and each.ts[row] == ts:
                rows[each.symbol] = [getattr(each, name)[row].item() for name in COLUMNS[1:]]
        session.push(ts, rows)


@settings(max_examples=5, deadline=None, phases=(Phase.generate,))
@given(seed=st.integers(0, 1000), cut=st.integers(0, 299))
def test_symbols_and_timeframes_survive_a_restart(seed: int, cut: int) -> None:
    series, config = markets(seed, 300), RunConfig(**OPTIONS)
    end, middle = START + 300 * MINUTE, START + cut * MINUTE
    whole, replayed = perform(Basket, series, **OPTIONS)

    first = Session(spec_of(Basket), upto(series, START), config, {}, Silence(), in_step=False)
    push_from(first, series, START, middle)
    left = first.carry()
    second = Session(
        spec_of(Basket), upto(series, middle), config, {}, Silence(),
        Carry(left.orders, left.state, left.step), in_step=False,
    )  # fmt: skip
    push_from(second, series, middle, end)

    assert len(whole.orders)
    assert second.order_log().to_bytes() == whole.orders.to_bytes()
    assert list(second.fills) == list(replayed.fills)
    assert second.state == whole.state


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(350, 440), timeframe=st.sampled_from(["3m", "1h", "1d", "1w"]),
    seed=st.integers(0, 99), shift=st.sampled_from([0, 90, -330]),
)  # fmt: skip
def test_slower_bars_grow_into_what_the_whole_gives(
    count: int, timeframe: str, seed: int, shift: int
) -> None:
    chance = np.random.default_rng(seed)
    bars = walk(500, seed=seed, timeframe="1m" if timeframe in ("3m", "1h") else "1h")
    bars = thinned(bars, chance.random(500) < 0.9)
    session = RunConfig(session={"hours": "00:00-24:00", "offsets": [[0, shift]]}).session
    count = min(count, len(bars) - 1)

    growing = Resampled(thinned(bars, np.arange(len(bars)) < count), timeframe, session)
    for more in range(count + 1, len(bars) + 1):
        fast = thinned(bars, np.arange(len(bars)) < more)
        known = growing.known(fast)
    slow, expected = resample(bars, timeframe, session)

    assert np.array_equal(known, expected)
    for name in COLUMNS:
        assert np.array_equal(getattr(growing.bars, name), getattr(slow, name))


class Bracketed(Strategy):
    """In and out by brackets that one bar often touches both ends of."""

    def on_bar(self):
        close = self.data.close[-1]
        if not self.position:
            self.buy(percent=0.5, sl=close * 0.998, tp=close * 1.002)


def coarse(fine: Bars, count: int) -> Bars:
    """Join every five bars."""
    whole = len(fine) // count * count
    split = {name: getattr(fine, name)[:whole].reshape(-1, count) for name in COLUMNS}
    return Bars(
        fine.symbol, f"{count}m", split["ts"][:, 0].copy(), split["open"][:, 0].copy(),
        split["high"].max(axis=1), split["low"].min(axis=1), split["close"][:, -1].copy(),
        split["volume"].sum(axis=1),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_finer_bars_decide_in_a_session_too(seed: int) -> None:
    fine = walk(1_000, seed)
    slow = coarse(fine, 5)
    whole, replayed = perform(Bracketed, [slow, fine])
    _, blind = perform(Bracketed, [slow])

    session = Session(
        spec_of(Bracketed), [upto([slow], START)[0], upto([fine], START)[0]], RunConfig(), {},
        Silence(),
    )  # fmt: skip
    for row in range(len(slow)):
        values = [getattr(slow, name)[row].item() for name in COLUMNS[1:]]
        within = thinned(fine, np.arange(len(fine)) // 5 == row)
        session.push(int(slow.ts[row]), {"X": values}, {"X": within})

    assert session.order_log().to_bytes() == whole.orders.to_bytes()
    assert list(session.fills) == list(replayed.fills)
    assert replayed.ambiguous_bars < blind.ambiguous_bars


def test_finer_bars_are_refused_where_there_are_none() -> None:
    session = Session(spec_of(Bracketed), [walk(10)], RunConfig(), {}, Silence())

    with pytest.raises(ValueError, match="no finer bars"):
        session.push(START + 10 * MINUTE, {"X": [1.0] * 5}, {"X": walk(3, timeframe="1s")})


def test_symbols_in_step_must_stay_so() -> None:
    both = [walk(30, symbol="A"), walk(30, symbol="B")]
    session = Session(spec_of(Basket), both, RunConfig(), {}, Silence())

    with pytest.raises(ValueError, match="B had a bar at every step"):
        session.push(START + 30 * MINUTE, {"A": [100.0] * 5})
    session.push(START + 30 * MINUTE, {"A": [100.0] * 5, "B": [100.0] * 5})


class LooksBack(Strategy):
    """Reads what lies before the newest bar in every way there is, and keeps it."""

    def init(self):
        self.fast = self.indicator(ta.sma, self.data.close, 2)
        self.slow = self.indicator(ta.sma, self.data.close, 5)
        self.seen = []

    def on_bar(self):
        close = self.data.close
        crossed = ta.crossover(self.fast, self.slow), ta.crossover(self.slow, 100.0)
        self.seen.append((close[-1], close[-2], close[-70], len(close), *crossed, self.fast[-1]))


def test_little_of_the_past_is_kept_at_hand_and_all_of_it_is_known() -> None:
    bars = walk(4 * LIVE_BLOCK)
    whole = EventRun(spec_of(LooksBack), Market([bars]), RunConfig(), {}, Silence())
    whole.advance(len(bars))
    first = 70
    head = thinned(bars, np.arange(len(bars)) < first)
    session = Session(spec_of(LooksBack), [head], RunConfig(), {}, Silence())
    for row in range(first, len(bars)):
        values = [getattr(bars, name)[row].item() for name in COLUMNS[1:]]
        session.push(int(bars.ts[row]), {bars.symbol: values})
        clock = session._run.runtime.clock
        blocks = [series._block_ for series in clock.loaded if series._block_ is not None]
        assert blocks
        assert max(map(len, blocks)) <= LIVE_BLOCK + 2
    seen = session._run.strategy.seen
    assert len(seen) == len(bars) - first
    assert seen == whole.strategy.seen[-len(seen) :]
