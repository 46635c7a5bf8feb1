"""Several symbols, slower timeframes, timers, hooks, state, texts."""

import numpy as np
import pytest

from naru import OrderArgumentError, Strategy, StrategyUseError, ta
from naru.bars import Bars
from tests.naru.engine.scenes import START, Silence, bars, fills, flat, perform, play, walk

MINUTE = 60_000_000_000


def thinned(market: Bars, keep: np.ndarray, symbol: str) -> Bars:
    columns = (getattr(market, name)[keep] for name in ("open", "high", "low", "close", "volume"))
    return Bars(symbol, market.timeframe, market.ts[keep], *columns)


def test_symbols_share_cash_and_keep_their_own_bars() -> None:
    full = walk(60, 1, symbol="A")
    sparse = thinned(walk(60, 2), np.arange(60) % 3 == 1, "B")
    seen = []

    class Both(Strategy):
        def on_bar(self):
            other = self.data["B"]
            seen.append((len(self.data), len(other), other.close[-1]))
            if len(self.data) == 5:
                self.buy(10, symbol="A")
                self.buy(10, symbol="B")

    _, result = perform(Both, [full, sparse])

    assert seen[0][1] == 0
    assert np.isnan(seen[0][2])
    assert seen[1] == (2, 1, sparse.close[0])
    assert seen[6] == (7, 2, sparse.close[1])
    assert fills(result) == [
        (5, 1, 10.0, full.open[5]), (7, 1, 10.0, sparse.open[2])
    ]  # fmt: skip
    known = np.searchsorted(sparse.ts, full.ts, side="right") - 1
    spent = 10 * (full.open[5] * (np.arange(60) >= 5) + sparse.open[2] * (np.arange(60) >= 7))
    held = 10 * (full.close * (np.arange(60) >= 5) + sparse.close[known] * (np.arange(60) >= 7))
    np.testing.assert_allclose(result.equity, 10_000 - spent + held, rtol=1e-12)


def test_an_unknown_symbol_is_named() -> None:
    class Wrong(Strategy):
        def init(self):
            self.other = self.data["Z"]

    class Elsewhere(Strategy):
        def on_bar(self):
            self.buy(1, symbol="Z")

    for kind, error in ((Wrong, StrategyUseError), (Elsewhere, OrderArgumentError)):
        with pytest.raises(error, match=r"'Z' is not in this run, which has X$"):
            perform(kind, flat(3))


def test_slower_bars_are_seen_when_they_have_closed() -> None:
    market = walk(40, 5)
    seen = []

    class Slow(Strategy):
        def init(self):
            self.slow = self.data.resample("5m")
            self.mean = self.indicator(ta.sma, self.slow.close, 2)

        def on_bar(self):
            seen.append((len(self.data), len(self.slow), self.slow.close[-1], self.slow.high[-1],
                         self.mean[-1]))  # fmt: skip

    perform(Slow, market)

    assert seen[0][:2] == (10, 2)  # the second five minutes end with the tenth bar
    for count, slow, close, high, mean in seen:
        assert slow == count // 5
        assert close == market.close[slow * 5 - 1]
        assert high == market.high[slow * 5 - 5 : slow * 5].max()
        assert mean == pytest.approx(market.close[[slow * 5 - 6, slow * 5 - 1]].mean(), rel=1e-12)


def test_a_missing_bar_does_not_close_a_slower_one_early() -> None:
    market = thinned(walk(20, 5), np.arange(20) != 4, "X")
    seen = {}

    class Slow(Strategy):
        def init(self):
            self.slow = self.data.resample("5m")

        def on_bar(self):
            seen[int(self.data.ts[-1] - START) // MINUTE] = len(self.slow)

    perform(Slow, market)

    assert (seen[3], seen[5], seen[9]) == (0, 1, 2)


def test_timers_fire_at_hours_opens_and_closes() -> None:
    told = []

    class Timed(Strategy):
        def init(self):
            self.every("1h", lambda: told.append(("hour", self.now.hour, self.now.minute)))
            self.every("at_open", lambda: told.append(("open", self.now.hour, self.now.minute)))
            self.every("before_close:30m", lambda: told.append(("close", self.now.hour, 0)))

    perform(Timed, flat(96, timeframe="15m"), session="09:00-15:00")

    assert told[0] == ("hour", 0, 45)
    assert [entry for entry in told if entry[0] != "hour"] == [("open", 9, 0), ("close", 14, 0)]
    assert sum(entry[0] == "hour" for entry in told) == 24


def test_declarations_end_with_init() -> None:
    class Late(Strategy):
        def on_bar(self):
            self.indicator(ta.sma, self.data.close, 2)

    with pytest.raises(StrategyUseError, match="in init"):
        perform(Late, flat(3))


def test_orders_do_not_begin_in_init() -> None:
    class Early(Strategy):
        def init(self):
            self.buy(1)

    with pytest.raises(StrategyUseError, match="not in init"):
        perform(Early, flat(3))


def test_hooks_come_in_order_and_words_reach_the_sink() -> None:
    sink = Silence()

    class Talking(Strategy):
        warmup = 2

        def on_start(self):
            self.log("start", len(self.data))
            self.buy(1)

        def on_bar(self):
            self.plot("close", self.data.close[-1])
            self.state["bars"] = self.state.get("bars", 0) + 1

        def on_fill(self, fill):
            self.log("fill", fill.price, self.cash)

        def on_stop(self):
            self.log("stop", self.equity)

    result, _ = perform(Talking, flat(5), sink=sink)

    assert [text for _, text in sink.logs] == ["start 3", "fill 100.0 9900.0", "stop 10000.0"]
    assert [step for _, step, _ in sink.plots] == [
        START + day * 86_400 * 10**9 for day in (2, 3, 4)
    ]
    assert result.state == {"bars": 3}
    assert sink.done == 5


def test_state_must_be_json() -> None:
    class Wrong(Strategy):
        def on_bar(self):
            self.state["x"] = {1, 2}

    with pytest.raises(StrategyUseError, match="JSON"):
        perform(Wrong, flat(3))


def test_the_account_reads_as_it_stands() -> None:
    seen = []

    def look(s):
        seen.append((s.position.size, s.position.avg_price, s.position.pnl, s.cash, s.equity))

    market = bars([(100, 100, 100, 100), (100, 110, 100, 110), (110, 112, 108, 112)])
    play({0: lambda s: s.buy(10), 1: look}, market)

    assert seen == [(10.0, 100.0, 100.0, 9000.0, 10_100.0)]


def test_the_average_price_is_that_of_the_units_left() -> None:
    seen = []

    def look(s: Strategy) -> None:
        seen.append(s.position.avg_price)

    market = bars([(100,) * 4] * 2 + [(104,) * 4] * 4)
    script = {
        0: lambda s: s.buy(1), 1: lambda s: (look(s), s.buy(3)), 2: lambda s: (look(s), s.sell(1)),
        3: lambda s: (look(s), s.position.close()), 4: look,
    }  # fmt: skip
    play(script, market)

    assert seen == [100, 103, 104, 0]  # 1 at 100 and 3 at 104; the oldest is sold first


def test_trades_that_were_told_are_not_made_anew() -> None:
    # Strategies look at them at every bar: made anew, a long run would never end.
    seen = []

    class Looks(Strategy):
        def on_bar(self) -> None:
            seen.append(self.trades)
            self.position.close() if self.position else self.buy(1)

    perform(Looks, flat(8))

    assert [len(trades) for trades in seen] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert seen[3] is seen[2]
    assert all(before is after for before, after in zip(seen[4], seen[7], strict=False))
