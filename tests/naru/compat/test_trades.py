"""``self.trades`` of ported strategies: ending trades, and moving what shall end them."""

from random import Random
from typing import Any

import numpy as np
import pytest

from naru import OrderArgumentError
from naru.bars import COLUMNS, Bars
from naru.compat.backtesting import Strategy
from naru.engine.config import RunConfig
from naru.engine.replay import Replay
from naru.engine.session import Session
from tests.naru.engine.scenes import (
    Script,
    Silence,
    bars,
    ends,
    fills,
    flat,
    perform,
    spec_of,
    walk,
)
from tests.naru.engine.test_corporate_properties import check_money, push_all

STILL = (100, 100, 100, 100)


def play(script: Script, market: Bars, **options: Any) -> Replay:
    """Perform a ported strategy that does at each bar what the script says."""

    class Scripted(Strategy):
        def next(self) -> None:
            action = script.get(len(self.data) - 1)
            if action is not None:
                action(self)

    return perform(Scripted, market, **options)[1]


def cut(whole: Bars, start: int, stop: int) -> Bars:
    columns = (getattr(whole, name)[start:stop] for name in COLUMNS)
    return Bars(whole.symbol, whole.timeframe, *columns)


class Trailing(Strategy):
    """Buys ten units once, and lets the stop follow the close at a distance of three."""

    def next(self) -> None:
        if len(self.data) == 2:
            self.buy(size=10)
        for trade in self.trades:
            trade.sl = max(trade.sl or -np.inf, self.data.Close[-1] - 3)


def test_a_stop_trails_by_assignment() -> None:
    market = bars([STILL, STILL, (100, 105, 99, 104), (104, 110, 103, 109), (108, 108.5, 107, 108),
                   (108, 109, 105, 109), STILL])  # fmt: skip

    run, result = perform(Trailing, market)

    # Bought at 100; the stop goes to 101, then 106, stays there at 108 - 3, and is met.
    assert fills(result) == [(2, 1, 10, 100), (5, -1, 10, 106)]
    assert float(result.cash) == 10_000 + 10 * (106 - 100)
    assert len(run.orders) == 3  # the entry, its stop, and the one time that it moved


@pytest.mark.parametrize(
    ("pairing", "paired"),
    [
        ("entry", [(6, 102, 105), (4, 100, 130)]),
        ("fifo", [(4, 100, 105), (2, 102, 105), (4, 102, 130)]),
    ],
)
def test_closing_one_of_two_trades_ends_that_one_and_its_bracket(
    pairing: str, paired: list[tuple[float, float, float]]
) -> None:
    seen: list[Any] = []

    def look(strategy: Any) -> None:
        seen.append([(trade.size, trade.entry_price, trade.sl) for trade in strategy.trades])
        seen.append([(one.size, one.entry_price, one.pl) for one in strategy.closed_trades])

    market = bars([STILL, STILL, (100, 103, 99, 102), (102, 106, 101, 105), (105, 106, 104, 105),
                   (100, 101, 94, 100), (120, 131, 119, 130)])  # fmt: skip
    result = play(
        {
            1: lambda one: one.buy(size=4, sl=90, tp=130),
            2: lambda one: one.buy(size=6, sl=95),
            3: lambda one: one.trades[1].close(),
            4: look,
        },
        market,
        pairing=pairing,
    )

    # The second trade is gone at 105, and its stop at 95 with it, which bar 5 would have met.
    assert seen == [[(4, 100, 90)], [(6, 102, 6 * (105 - 102))]]
    assert fills(result) == [(2, 1, 4, 100), (3, 1, 6, 102), (4, -1, 6, 105), (6, -1, 4, 130)]
    assert float(result.cash) == 10_000 - 400 - 612 + 630 + 520
    assert [
        (float(trade.size), float(trade.entry_price), float(trade.exit_price))
        for trade in result.trades
    ] == paired


@pytest.mark.parametrize("assigned", [True, False])
def test_closing_a_portion_makes_the_bracket_as_small_as_what_is_left(assigned: bool) -> None:
    def buy(strategy: Any) -> None:
        strategy.buy(size=10, **({} if assigned else {"sl": 90, "tp": 120}))
        strategy.buy(size=10)

    def close(strategy: Any) -> None:
        trade = strategy.trades[0]
        if assigned:
            trade.tp, trade.sl = 120, 90
        trade.close(0.3)
        assert (trade.sl, trade.tp) == (90, 120)

    market = bars([STILL, STILL, STILL, STILL, (95, 96, 89, 95), STILL, (125, 125, 125, 125)])
    result = play({1: buy, 2: close}, market)

    # Three at the open, seven at the stop; the other ten are held, and no profit is left over.
    assert fills(result)[2:] == [(3, -1, 3, 100), (4, -1, 7, 90)]
    assert result.positions == {"X": 10}
    assert all(status != "rejected" for status, _ in ends(result))


def test_none_cancels_and_assigning_places_anew() -> None:
    seen: list[Any] = []

    def drop(strategy: Any) -> None:
        trade = strategy.trades[0]
        trade.sl = trade.tp = None
        seen.append((trade.sl, trade.tp))

    def again(strategy: Any) -> None:
        trade = strategy.trades[0]
        trade.tp = 110
        trade.sl = 80
        seen.append((trade.sl, trade.tp))

    market = bars([STILL, STILL, STILL, (100, 125, 85, 100), (100, 112, 99, 100), (70,) * 4])
    result = play({1: lambda one: one.buy(size=2, sl=90, tp=120), 2: drop, 3: again}, market)

    assert seen == [(None, None), (80, 110)]
    assert fills(result) == [(2, 1, 2, 100), (4, -1, 2, 110)]
    assert ends(result)[-2:] == [("filled", None), ("canceled", "oco_sibling_filled")]


def test_a_trade_that_is_being_closed_takes_no_more_orders() -> None:
    def twice(strategy: Any) -> None:
        for trade in strategy.trades:
            trade.close()
            trade.close()
            trade.sl = 50

    result = play({1: lambda one: one.buy(size=2, sl=90), 2: twice}, flat(6))

    assert [order.kind for order in result.orders] == [0, 2, 0]
    assert fills(result)[1:] == [(3, -1, 2, 100)]


def test_a_trade_tells_of_itself_while_open_and_once_closed() -> None:
    seen: list[Any] = []
    kept: list[Any] = []

    def tell(trade: Any) -> None:
        seen.append((trade.size, trade.entry_price, trade.entry_bar, trade.exit_price,
                     trade.exit_bar, trade.pl, trade.pl_pct, trade.value, trade.is_long,
                     trade.is_short, trade.tag))  # fmt: skip

    def look(strategy: Any) -> None:
        trade = strategy.trades[0]
        kept.append(trade)
        tell(trade)
        assert trade.entry_time == strategy.data.index[-2]
        assert trade in strategy.trades
        trade.close()

    def after(strategy: Any) -> None:
        tell(kept[0])
        tell(strategy.closed_trades[0])
        assert strategy.trades == ()
        assert kept[0].exit_time == strategy.data.index[-1]
        kept[0].sl = 90
        kept[0].close()

    market = bars([STILL, STILL, STILL, (100, 111, 100, 110), (120, 120, 120, 120), STILL])
    result = play(
        {1: lambda one: one.buy(size=5, tag="why"), 3: look, 4: after}, market, commission_bps=100
    )

    assert seen[0] == (5, 100, 2, None, None, 50, 0.1, 550, True, False, "why")
    net = 5 * 20 - 5 - 6
    assert seen[1] == seen[2] == (5, 100, 2, 120, 4, net, net / 500, 600, True, False, "why")
    assert len(result.orders) == 2


@pytest.mark.parametrize(("name", "value"), [("sl", -1), ("tp", float("nan")), ("sl", "9")])
def test_prices_are_prices(name: str, value: object) -> None:
    with pytest.raises(OrderArgumentError, match=name):
        play({1: lambda one: one.buy(size=1), 2: lambda one: setattr(one.trades[0], name, value)},
             flat(5))  # fmt: skip


@pytest.mark.parametrize(
    ("side", "asked", "wrong"),
    [
        ("buy", {"sl": 101}, "sl"),
        ("buy", {"sl": 100}, "sl"),
        ("buy", {"tp": 99}, "tp"),
        ("buy", {"sl": 96, "limit": 95}, "sl"),
        ("buy", {"tp": 104, "stop": 105}, "tp"),
        ("sell", {"sl": 99}, "sl"),
        ("sell", {"tp": 101}, "tp"),
        ("sell", {"sl": 104, "limit": 105}, "sl"),
    ],
)
def test_exits_on_the_wrong_side_of_the_entry_are_refused(
    side: str, asked: dict[str, float], wrong: str
) -> None:
    with pytest.raises(OrderArgumentError, match=wrong):
        play({1: lambda one: getattr(one, side)(size=1, **asked)}, flat(4))


@pytest.mark.parametrize(
    ("side", "asked"),
    [
        ("buy", {"sl": 94, "tp": 96, "limit": 95}),
        ("buy", {"sl": 101, "tp": 106, "stop": 105}),
        ("sell", {"sl": 101, "tp": 99}),
        ("sell", {"sl": 106, "tp": 104, "limit": 105}),
    ],
)
def test_exits_are_measured_from_where_the_entry_is_expected(
    side: str, asked: dict[str, float]
) -> None:
    result = play({1: lambda one: getattr(one, side)(size=1, **asked)}, flat(4))

    assert len(result.orders) == 3


@pytest.mark.parametrize("portion", [0, 1.5, -1])
def test_portions_are_fractions(portion: float) -> None:
    with pytest.raises(OrderArgumentError, match="portion"):
        play({1: lambda one: one.buy(size=1), 2: lambda one: one.trades[0].close(portion)},
             flat(5))  # fmt: skip


def test_whole_lots_are_closed_and_at_least_one() -> None:
    result = play(
        {1: lambda one: one.buy(size=5), 3: lambda one: one.trades[0].close(0.5),
         5: lambda one: one.trades[0].close(0.01)},
        flat(8), instruments={"*": {"lot": 1}},
    )  # fmt: skip

    assert [float(fill.quantity) for fill in result.fills] == [5, 2, 1]


def meddler(seed: int) -> type[Strategy]:
    """Return a strategy that opens, closes and guards trades at random, without a memory."""

    class Meddler(Strategy):
        def next(self) -> None:
            chance, price = Random(seed * 1000 + len(self.data)), self.data.Close[-1]
            assert sum(trade.size for trade in self.trades) == pytest.approx(self.position.size)
            if chance.random() < 0.3:
                side = chance.choice([1, 1, 1, -1])
                loss, profit = {"sl": 1 - side * 0.01}, {"tp": 1 + side * 0.02}
                guards = chance.choice([{}, loss, profit, loss | profit])
                prices = {name: round(price * level, 2) for name, level in guards.items()}
                (self.buy if side > 0 else self.sell)(size=chance.choice([3, 8, 0.1]), **prices)
            for trade in self.trades:
                way = 1 if trade.is_long else -1
                act = chance.randrange(8)
                if act == 0:
                    trade.close(chance.choice([1, 1, 0.5, 0.3]))
                elif act == 1:
                    trade.sl = round(price * (1 - way * 0.008), 2)
                elif act == 2:
                    trade.tp = round(price * (1 + way * 0.01), 2)
                elif act == 3:
                    setattr(trade, chance.choice(["sl", "tp"]), None)
            if chance.random() < 0.03:
                self.position.close(chance.choice([1, 0.5]))

    return Meddler


@pytest.mark.parametrize("seed", range(12))
def test_run_replay_and_restarted_live_session_agree(seed: int) -> None:
    chance = Random(seed)
    chosen: dict[str, Any] = {
        "fill": chance.choice(["next_open", "next_close", "same_close"]),
        "volume_share": chance.choice([None, None, "0.02"]),
        "leverage": chance.choice([1, 3]),
        "instruments": chance.choice([{}, {"*": {"lot": "1", "tick": "0.01"}}]),
        "commission_bps": 5,
    }
    market = walk(160, seed, "1h")
    middle = chance.randrange(20, 140)
    spec, config = spec_of(meddler(seed)), RunConfig.from_dict(chosen)
    before, after = cut(market, 0, middle), cut(market, middle, 160)

    run, result = perform(meddler(seed), market, **chosen)
    first = Session(spec, [cut(market, 0, 0)], config, {}, Silence())
    push_all(first, [before])
    second = Session(spec, [before], config, {}, Silence(), first.carry())
    push_all(second, [after])

    check_money(result)
    assert len(result.fills) > 20
    assert second.order_log().to_bytes() == run.orders.to_bytes()
    assert list(second.fills) == list(result.fills)
