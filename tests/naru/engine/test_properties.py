"""What must hold for every strategy on every bars: money, time, prices, order of events."""

from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from naru import Strategy
from naru.engine.replay import Replay
from tests.naru.engine.scenes import perform, walk

SIDES = ("buy", "sell")
actions = st.fixed_dictionaries(
    {
        "step": st.integers(0, 58),
        "what": st.sampled_from(
            [
                "market",
                "limit",
                "stop",
                "stop_limit",
                "trail",
                "bracket",
                "trailing bracket",
                "modify",
                "resize",
                "target",
                "close",
                "cancel",
            ]
        ),
        "side": st.sampled_from(SIDES),
        "size": st.floats(0.01, 60),
        "away": st.floats(-0.02, 0.02),
        "percent": st.floats(-1, 1),
        "tif": st.sampled_from(["gtc", "day", "ioc", "fok"]),
        "reduce_only": st.booleans(),
        "symbol": st.sampled_from(["A", "B"]),
    }
)
options = st.fixed_dictionaries(
    {
        "commission_bps": st.sampled_from([0, 7, 25]),
        "slippage_bps": st.sampled_from([0, 3]),
        "intrabar": st.sampled_from(["pessimistic", "optimistic"]),
        "limit_fill": st.sampled_from(["through", "touch"]),
        "fill": st.sampled_from(["next_open", "next_close", "same_close"]),
        "volume_share": st.sampled_from([None, "0.02"]),
        "leverage": st.sampled_from([1, 3]),
        "maintenance": st.sampled_from(["0", "0.1"]),
        "borrow_bps": st.sampled_from([0, 400]),
        "instruments": st.sampled_from([{}, {"*": {"lot": "0.5", "tick": "0.01"}}]),
    }
)


def act(s: Any, wish: dict[str, Any]) -> None:
    """Do what an action says, priced around the newest close."""
    send = getattr(s, wish["side"])
    place = {"symbol": wish["symbol"]}
    size, what = round(wish["size"] * 2) / 2 + 0.5, wish["what"]
    close = s.data[wish["symbol"]].close[-1]
    price = round(close * (1 + wish["away"]), 2)
    common = {"tif": wish["tif"], "reduce_only": wish["reduce_only"], **place}
    if what == "market":
        send(size, **common)
    elif what == "limit":
        send(size, limit=price, **common)
    elif what == "stop":
        send(size, stop=price, **common)
    elif what == "stop_limit":
        send(size, stop=price, limit=round(price * 1.001, 2), **common)
    elif what == "trail":
        send(size, trail=0.5, **common)
    elif what == "bracket":
        up, down = round(close * 1.01, 2), round(close * 0.99, 2)
        sl, tp = (down, up) if wish["side"] == "buy" else (up, down)
        send(size, limit=price, sl=sl, tp=tp, tag="bracket", **common)
    elif what == "trailing bracket":
        send(size, sl_trail_percent=0.004, tp=price if wish["tif"] == "day" else None,
             tag="bracket", **common)  # fmt: skip
    elif what == "modify":
        for order in s.orders[-2:]:
            if order.kind in ("limit", "stop"):
                order.modify(**{order.kind: price})
    elif what == "resize":
        for order in s.orders[-3:]:
            if not order.tag or order.sl is not None:
                order.modify(size=size)
    elif what == "target":
        s.target(percent=wish["percent"], tag="target", **place)
    elif what == "close":
        s.positions[wish["symbol"]].close(tag="close")
    elif s.orders:
        s.orders[-1].cancel()


def random_strategy(wishes: list[dict[str, Any]]) -> type[Strategy]:
    class Random(Strategy):
        def on_bar(self) -> None:
            for wish in wishes:
                if wish["step"] == len(self.data) - 1:
                    act(self, wish)

    return Random


def check_money(result: Replay, cash: Decimal, financing: Decimal) -> None:
    """Cash follows from the fills alone; equity is cash and positions."""
    for fill in result.fills:
        cash -= fill.side * fill.quantity * fill.price + fill.commission
    assert cash + financing == result.cash
    held = {symbol: Decimal(0) for symbol in result.symbols}
    for fill in result.fills:
        held[result.symbols[fill.symbol]] += fill.side * fill.quantity
    assert {symbol: units for symbol, units in held.items() if units} == result.positions


@settings(max_examples=120, deadline=None)
@given(wishes=st.lists(actions, max_size=14), chosen=options, seed=st.integers(0, 50))
def test_what_always_holds(wishes: list[dict[str, Any]], chosen: dict[str, Any], seed: int) -> None:
    market = [walk(60, seed, "1h", "A"), walk(60, seed + 1, "1h", "B")]
    _, result = perform(random_strategy(wishes), market, **chosen)

    check_money(result, Decimal(10_000), -result.costs["borrow"])
    value = sum(
        result.position_paths.get(bars.symbol, np.zeros(60)) * bars.close for bars in market
    )
    np.testing.assert_allclose(result.equity, result.cash_path + value, rtol=1e-12)
    slack = (
        0.0003 * (chosen["slippage_bps"] > 0) + 1e-9 + (0.01 / 50 if chosen["instruments"] else 0)
    )
    for fill in result.fills:
        bars = market[fill.symbol]
        assert bars.low[fill.step] * (1 - slack) <= float(fill.price)
        assert float(fill.price) <= bars.high[fill.step] * (1 + slack)
        assert fill.quantity > 0
        assert fill.commission >= 0
        if fill.order_id >= 0:
            order = result.orders[fill.order_id]
            assert fill.step >= order.step + (chosen["fill"] != "same_close")
        if chosen["instruments"]:
            assert fill.quantity % Decimal("0.5") == 0
    steps = [fill.step for fill in result.fills]
    assert steps == sorted(steps)
    for order in result.orders:
        assert not order.is_open
        assert order.filled == sum(
            (fill.quantity for fill in result.fills if fill.order_id == order.id), Decimal(0)
        )
        assert (order.reason is None) == (order.status == "filled") or order.id < 0
    check_trades(result)


def check_trades(result: Replay) -> None:
    """Trades hold every unit that was traded, and every commission."""
    opened = sum((trade.size for trade in result.trades), Decimal(0))
    closed = sum((trade.size for trade in result.trades if not trade.is_open), Decimal(0))
    traded = sum((fill.quantity for fill in result.fills), Decimal(0))
    assert abs(opened + closed - traded) < Decimal("1e-12")
    paid = sum((trade.commission for trade in result.trades), Decimal(0))
    assert abs(paid - result.costs["commission"]) < Decimal("1e-12")
